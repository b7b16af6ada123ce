;; function 3 counts less than it costs
;; What it calls costs two rounds.
(module
  (import "lapidary:processor/meter@0.2.0" "refill" (func $refill (result i32)))
  (global $rounds (mut i32) (i32.const 0))
  (global $inside (mut i32) (i32.const 0))
  (func $more
    (if (global.get $inside) (then (unreachable)))
    (global.set $rounds (call $refill)))
  (func $leaf
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop))
  (func $spins (local $left i32)
    (loop
      (if (i32.lt_s (global.get $rounds) (i32.const 0)) (then (call $more)))
      (loop
        (br_if 1 (i32.lt_s (local.tee $left (global.get $rounds)) (i32.const 0)))
        (global.set $rounds (i32.sub (local.get $left) (i32.const 2)))
        (call $leaf)
        (br 0)))))
