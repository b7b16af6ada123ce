;; no function asks for more rounds
;; The host's answer is changed before it is put into the counter.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (i32.or (call $refill) (i32.const 0x40000000)))))
