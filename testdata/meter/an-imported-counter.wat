;; something else than functions is imported
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (import "other" "rounds" (global $rounds (mut i32)))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill))))
