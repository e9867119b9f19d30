;; Adds up numbers in SIMD registers, two at a time. The memory is somebody else's: a segment that processes share.
(module
  (import "env" "memory" (memory 1 65536 shared))

  ;; $address in bytes, $count in elements
  (func (export "sumFloat64") (param $address i32) (param $count i32) (result f64)
    (local $pair v128)
    (local $sum f64)
    (block $nothing_left
      (loop $next
        (br_if $nothing_left (i32.lt_u (local.get $count) (i32.const 2)))
        (local.set $pair (f64x2.add (local.get $pair) (v128.load (local.get $address))))
        (local.set $address (i32.add (local.get $address) (i32.const 16)))
        (local.set $count (i32.sub (local.get $count) (i32.const 2)))
        (br $next)))
    (local.set $sum (f64.add (f64x2.extract_lane 0 (local.get $pair)) (f64x2.extract_lane 1 (local.get $pair))))
    (if (local.get $count)
      (then (local.set $sum (f64.add (local.get $sum) (f64.load (local.get $address))))))
    (local.get $sum)))
