;; no function asks for more rounds
;; It does not stop where a component must not call out.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (global.set $rounds (call $refill))))
