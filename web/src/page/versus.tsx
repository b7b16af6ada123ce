export function Versus() {
  return <p class="empty">TODO</p>;
}
