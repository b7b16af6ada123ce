;; function 8 calls, or is long, and does not count
;; The last of them would run 2^12 instructions.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $f0
    (nop))
  (func $f1
    (call $f0)
    (call $f0))
  (func $f2
    (call $f1)
    (call $f1))
  (func $f3
    (call $f2)
    (call $f2))
  (func $f4
    (call $f3)
    (call $f3))
  (func $f5
    (call $f4)
    (call $f4))
  (func $f6
    (call $f5)
    (call $f5))
  (func $f7
    (call $f6)
    (call $f6))
  (func $f8
    (call $f7)
    (call $f7))
  (func $f9
    (call $f8)
    (call $f8))
  (func $f10
    (call $f9)
    (call $f9))
  (func $f11
    (call $f10)
    (call $f10))
  (func $f12
    (call $f11)
    (call $f11)))
