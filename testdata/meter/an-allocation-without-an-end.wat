;; function 2 does not stop after a fixed number of rounds
;; It is called where nobody can be asked.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $realloc (export "cabi_realloc") (param i32) (result i32) (local.get 0)))
