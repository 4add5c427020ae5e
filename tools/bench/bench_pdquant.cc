// What each part of `pdquant transpile` costs, on ResNet-50 as Paddle wrote it and tiled: load, check, index, rewrite,
// save. The argument is the number of copies; ResNet-50 has 534 ops.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "check/check.h"
#include "files/output.h"
#include "model/program_file.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_pass.h"
#include "tile.h"

namespace pdquant::bench {
namespace {

// Where the tiled programs and the results lie; removed at the end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("pdquant-bench-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "bench_pdquant: " << why << '\n';
  std::exit(1);
}

const Folder& TheFolder() {
  static const Folder folder;
  return folder;
}

// The path of the tiled program.
const std::string& Tiled(int copies) {
  static std::map<int, std::string> paths;
  std::string& path = paths[copies];
  if (!path.empty()) return path;
  std::ifstream in(PDQUANT_CORPUS "/resnet/main.pb", std::ios::binary);
  proto::ProgramDesc source;
  if (!source.ParseFromIstream(&in)) Die("can't read the corpus");
  path = TheFolder() / ("resnet-" + std::to_string(copies) + ".pb");
  std::ofstream out(path, std::ios::binary);
  if (!Tile(source, copies).SerializeToOstream(&out)) Die("can't write " + path);
  return path;
}

Program Load(int copies) {
  Findings findings;
  Result<Program> program = LoadProgram(Tiled(copies), {}, &findings);
  if (!program.ok()) Die(program.status().message());
  return std::move(*program);
}

void SetRates(benchmark::State* state, const Program& program) {
  state->SetBytesProcessed(state->iterations() * static_cast<int64_t>(program.bytes().size()));
  state->SetItemsProcessed(state->iterations() * static_cast<int64_t>(program.op_count()));
}

void BM_Load(benchmark::State& state) {
  const int copies = static_cast<int>(state.range(0));
  const Program program = Load(copies);
  for (auto _ : state) benchmark::DoNotOptimize(Load(copies).op_count());
  SetRates(&state, program);
}

void BM_Index(benchmark::State& state) {
  const Program program = Load(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    const Index index(program);
    benchmark::DoNotOptimize(index.names().size());
  }
  SetRates(&state, program);
}

void BM_Check(benchmark::State& state) {
  const Program program = Load(static_cast<int>(state.range(0)));
  const Index index(program);
  for (auto _ : state) {
    Findings findings;
    CheckProgram(index, &findings);
    if (findings.has_errors()) Die("the program is not well formed");
  }
  SetRates(&state, program);
}

void Transpile(EditableProgram* edited) {
  Findings findings;
  TranspilePass pass{TranspileOptions()};
  if (!pass.Run({edited, nullptr, &findings, nullptr}).ok()) Die("the program is refused");
}

void BM_Rewrite(benchmark::State& state) {
  const Program program = Load(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<EditableProgram> edited(std::in_place, program);
    state.ResumeTiming();
    Transpile(&*edited);
    state.PauseTiming();
    edited.reset();
    state.ResumeTiming();
  }
  SetRates(&state, program);
}

void BM_Save(benchmark::State& state) {
  const Program program = Load(static_cast<int>(state.range(0)));
  EditableProgram edited(program);
  Transpile(&edited);
  const std::string path = TheFolder() / "out.pb";
  for (auto _ : state) {
    const Result<Rope> rope = edited.edits.Apply();
    OutputSet outputs;
    if (!rope.ok() || !outputs.Add(path, rope->pieces).ok() || !outputs.Commit().ok()) Die("can't write " + path);
  }
  SetRates(&state, program);
}

// A set of many small files, in a folder that has them already: the time of each is the same for any number.
void BM_SaveManyFiles(benchmark::State& state) {
  const std::string folder = TheFolder() / ("files-" + std::to_string(state.range(0)));
  std::filesystem::create_directory(folder);
  for (auto _ : state) {
    OutputSet outputs;
    bool ok = outputs.SetName(folder).ok() && outputs.AddFolder(folder).ok();
    for (int64_t i = 0; ok && i < state.range(0); ++i) {
      const Result<OutputStream*> stream = outputs.OpenIn(folder, "w" + std::to_string(i));
      ok = stream.ok() && (*stream)->Write("a record").ok();
    }
    if (!ok || !outputs.Commit().ok()) Die("can't write into " + folder);
  }
  state.SetComplexityN(state.range(0));
}

BENCHMARK(BM_Load)->Arg(1)->Arg(19)->Arg(188)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Index)->Arg(1)->Arg(19)->Arg(188)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Check)->Arg(1)->Arg(19)->Arg(188)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Rewrite)->Arg(1)->Arg(19)->Arg(188)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Save)->Arg(1)->Arg(19)->Arg(188)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(BM_SaveManyFiles)
    ->Arg(8000)
    ->Arg(16000)
    ->Arg(32000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Complexity(benchmark::oN);

}  // namespace
}  // namespace pdquant::bench

BENCHMARK_MAIN();
