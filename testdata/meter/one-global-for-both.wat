;; one global counts and says where the host is
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (func $more
    (if (global.get $rounds) (then (unreachable)))
    (global.set $rounds (call $refill))))
