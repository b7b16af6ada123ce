;; one function is called inside the canonical ABI and outside of it
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $alloc (param i32) (result i32) (local.get 0))
  (func $realloc (export "cabi_realloc") (export "process") (param i32) (result i32) (local $saved i32)
    (local.set $saved (global.get $rounds)) (global.set $rounds (i32.const 1000))
    (global.set $inside (i32.const 1))
    (call $alloc (local.get 0))
    (global.set $inside (i32.const 0)) (global.set $rounds (local.get $saved))))
