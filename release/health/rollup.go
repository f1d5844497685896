package health

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// BucketEnd returns the end of the bucket to which a sample at an instant belongs. Buckets are aligned to
// multiples of step in UTC and half-open in the time that is measured: a sample covers the time up to its
// At, so the one at 12:05 lies in [12:00, 12:05), as the last of it.
func BucketEnd(at time.Time, step time.Duration) time.Time {
	end := at.UTC().Truncate(step)
	if end.Before(at) {
		end = end.Add(step)
	}
	return end
}

// RollUp sums samples up into one for each bucket of step, service, environment and version, ordered by
// these with At first. At is the end of the bucket; Step is step, or the longest Step of its samples where
// that is longer.
//
// N is the sum; a sample without N counts as one. Rate is the mean, weighted by N. Errors is the mean
// weighted by requests, which is Rate·N, or by N alone where some of the samples that have Errors lack Rate,
// or there were no requests. A quantile is the maximum: quantiles cannot be added up, and a maximum never
// hides a spike. A signal that no sample of the bucket has stays nil.
func RollUp(samples []Sample, step time.Duration) []Sample {
	type key struct {
		service, environment, version string
		end                           int64
	}
	sums := map[key]*sum{}
	var order []*sum
	for _, s := range samples {
		end := BucketEnd(s.At, step)
		k := key{s.Service, s.Environment, s.Version, end.UnixNano()}
		b := sums[k]
		if b == nil {
			b = &sum{bucket: Sample{Service: s.Service, Environment: s.Environment, Version: s.Version, At: end, Step: step}}
			sums[k] = b
			order = append(order, b)
		}
		b.add(s)
	}
	out := make([]Sample, len(order))
	for i, b := range order {
		out[i] = b.result()
	}
	slices.SortFunc(out, func(a, b Sample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Environment, b.Environment),
			cmp.Compare(a.Version, b.Version))
	})
	return out
}

// sum is a bucket while it is added up.
type sum struct {
	bucket     Sample
	rate       mean
	byRequests mean // errors
	byN        mean // errors
	rateless   bool // some sample with errors has no rate
}

func (b *sum) add(s Sample) {
	n := max(1, s.N)
	b.bucket.N += n
	b.bucket.Step = max(b.bucket.Step, s.Step)
	if measured(s.Rate) {
		b.rate.add(*s.Rate, float64(n))
	}
	if measured(s.Errors) {
		b.byN.add(*s.Errors, float64(n))
		if measured(s.Rate) {
			b.byRequests.add(*s.Errors, *s.Rate*float64(n))
		} else {
			b.rateless = true
		}
	}
	b.bucket.P50 = higher(b.bucket.P50, s.P50)
	b.bucket.P95 = higher(b.bucket.P95, s.P95)
	b.bucket.P99 = higher(b.bucket.P99, s.P99)
}

func (b *sum) result() Sample {
	s := b.bucket
	s.Rate = b.rate.value()
	s.Errors = b.byRequests.value()
	if b.rateless || s.Errors == nil {
		s.Errors = b.byN.value()
	}
	return s
}

// mean is a weighted mean that grows by one value at a time, so that no sum of large values overflows.
type mean struct{ weight, so float64 }

func (m *mean) add(v, weight float64) {
	if !(weight > 0) || math.IsInf(weight, 0) {
		return
	}
	m.weight += weight
	m.so += (v - m.so) * (weight / m.weight)
}

func (m *mean) value() *float64 {
	if m.weight == 0 {
		return nil
	}
	v := m.so
	return &v
}

// measured reports whether there is a value that can be reckoned with.
func measured(v *float64) bool { return v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) }

// higher returns the caller's own copy of the larger of two values, of which either may be missing.
func higher(a, b *float64) *float64 {
	if !measured(b) || a != nil && *a >= *b {
		return a
	}
	v := *b
	return &v
}
