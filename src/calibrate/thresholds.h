// Thresholds off the histogram of |x|: counts in equal bins from 0 to `limit`, over all batches.
#ifndef PDQUANT_CALIBRATE_THRESHOLDS_H_
#define PDQUANT_CALIBRATE_THRESHOLDS_H_

#include <span>

namespace pdquant {

// The integers of 8 bits, to which a threshold is rounded: −127 … 127.
inline constexpr int kLargestInteger = 127;

// Each takes counts that aren't all 0. Bin i reaches from i·w to (i + 1)·w, w = limit / bins.
//
// PostTrainingQuantization of paddlepaddle 2.6.2 has all of them (quantization/post_training_quantization.py,
// cal_kl_threshold.py). Its bins reach from the least |x| to the largest and it leaves the least out of the threshold,
// so that an activation that stays away from 0 gets one that is far too small; for mse it compares the errors of
// different batches with one another, so that the quietest batch decides. Here the bins begin at 0, and errors are
// added up over all batches.

// (i + ½)·w of the first bin i at whose end the share `share` of all numbers is reached (Paddle's "hist", where it is
// 0.99999).
double PercentileThreshold(std::span<const double> counts, double limit, double share);

// (i + ½)·w with the least divergence of what is left of the distribution (Kullback and Leibler; the method of
// TensorRT: Migacz, "8-bit Inference with TensorRT", 2017). For i = ⌊(bins − 1) / 2⌋ … bins − 1 where bin i − 1 isn't
// empty: P are the first i counts, the rest added to the last one; Q the same counts without the rest, summed up in
// 127 groups of ⌊i / 127⌋ bins, of which the last takes what is left over, and each group spread evenly over its bins
// that aren't empty in P; D = Σ P·ln(P·ΣQ / (Q·ΣP)) / ΣP. The first i of the least D counts. Where no i qualifies, it
// is the last bin at or below the middle that isn't empty, or bin 0.
double KlThreshold(std::span<const double> counts, double limit);

// t with the least Σ count · (x − q(x))² over the middles x of the bins, where q(x) = min(round(x / t · 127), 127) · t
// / 127, among t = 0.30, 0.32, … 1.0 times the end of the last bin that isn't empty; the later one of equal t. The
// ladder is Paddle's.
double MseThreshold(std::span<const double> counts, double limit);

}  // namespace pdquant

#endif  // PDQUANT_CALIBRATE_THRESHOLDS_H_
