package processbatch

import (
	"hash/maphash"
	"math/bits"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

var seed = maphash.MakeSeed()

// hashPair is the hash of one attribute. Sums of it do not depend on the
// attributes' order.
func hashPair(key string, v pcommon.Value) uint64 {
	h := maphash.String(seed, key)
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return mix(bits.RotateLeft64(h, 1) ^ maphash.String(seed, v.Str()))
	case pcommon.ValueTypeInt:
		return mix(bits.RotateLeft64(h, 1) ^ mix(uint64(v.Int())))
	}
	return mix(bits.RotateLeft64(h, 1) ^ maphash.String(seed, v.AsString()) ^ uint64(v.Type()))
}

// mix spreads every bit of h (the finaliser of MurmurHash3, public domain).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// HashAttributes is a hash of the attributes that are not in without. It is
// only good within one run of the program.
func HashAttributes(attrs pcommon.Map, without []string) uint64 {
	var sum uint64
	for k, v := range attrs.All() {
		if !slices.Contains(without, k) {
			sum += hashPair(k, v)
		}
	}
	return sum
}

// HashText is a hash of a text, good within one run of the program.
func HashText(s string) uint64 { return maphash.String(seed, s) }
