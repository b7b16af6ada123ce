;; function 2 grows, copies or fills memory and does not count it
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (memory 1)
  (data $text "text")
  (func $sets
    (memory.init $text (i32.const 0) (i32.const 0) (i32.const 4))))
