;; more than one function asks for more rounds
;; One for each of two counters.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (global $other (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $again
    (if (global.get $inside) (then (unreachable)))
    (global.set $other (call $refill))))
