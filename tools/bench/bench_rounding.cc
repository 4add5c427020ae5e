// The inner loops of freeze, int8 and undo on chunks as the reader hands them over, next to memcpy.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "model/parameter_reader.h"
#include "quantize/weights/rounding.h"

namespace pdquant::bench {
namespace {

// Numbers in [-1, 1).
std::vector<float> Chunk() {
  std::vector<float> values(ParameterReader::kChunkBytes / sizeof(float));
  uint32_t hash = 1;
  for (float& value : values) {
    hash = hash * 1664525U + 1013904223U;
    value = static_cast<float>(static_cast<int32_t>(hash)) / 2147483648.0F;
  }
  return values;
}

void CountBytes(benchmark::State* state) {
  state->SetBytesProcessed(static_cast<int64_t>(state->iterations()) *
                           static_cast<int64_t>(ParameterReader::kChunkBytes));
}

void BM_Memcpy(benchmark::State& state) {
  const std::vector<float> from = Chunk();
  std::vector<float> to(from.size());
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size() * sizeof(float));
    benchmark::ClobberMemory();
  }
  CountBytes(&state);
}

void BM_MaxAbs(benchmark::State& state) {
  const std::vector<float> values = Chunk();
  for (auto _ : state) benchmark::DoNotOptimize(MaxAbs(values));
  CountBytes(&state);
}

void BM_AllIntegers(benchmark::State& state) {
  const std::vector<float> values = Chunk();
  for (auto _ : state) benchmark::DoNotOptimize(AllIntegers(values));
  CountBytes(&state);
}

constexpr std::array<float, 1> kScales = {1};

void BM_Quantize(benchmark::State& state) {
  const std::vector<float> values = Chunk();
  std::vector<float> integers(values.size());
  RoundingError error;
  for (auto _ : state) Quantize(values, 0, {}, kScales, MaxInteger(8), integers, &error);
  benchmark::DoNotOptimize(error.noise);
  CountBytes(&state);
}

void BM_Dequantize(benchmark::State& state) {
  const std::vector<float> values = Chunk();
  std::vector<float> floats(values.size());
  for (auto _ : state) {
    Dequantize(values, 0, {}, kScales, 127, floats);
    benchmark::ClobberMemory();
  }
  CountBytes(&state);
}

BENCHMARK(BM_Memcpy);
BENCHMARK(BM_MaxAbs);
BENCHMARK(BM_AllIntegers);
BENCHMARK(BM_Quantize);
BENCHMARK(BM_Dequantize);

}  // namespace
}  // namespace pdquant::bench
