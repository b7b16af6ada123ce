;; function 3 does not stop after a fixed number of rounds
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $alloc (param i32) (result i32) (local.get 0))
  (func $post (export "cabi_post_process") (param i32) (result i32) (local $saved i32)
    (local.set $saved (global.get $rounds)) (global.set $rounds (i32.const 16777217))
    (global.set $inside (i32.const 1))
    (call $alloc (local.get 0))
    (global.set $inside (i32.const 0)) (global.set $rounds (local.get $saved))))
