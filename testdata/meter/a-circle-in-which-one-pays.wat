;; metered
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $one
    (if (i32.lt_s (global.get $rounds) (i32.const 0)) (then (call $more)))
    (global.set $rounds (i32.sub (global.get $rounds) (i32.const 1)))
    (call $two))
  (func $two
    (call $one)))
