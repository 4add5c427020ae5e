// The reader of PIR JSON and import on any bytes: what is imported is a program that is well formed, and what isn't was
// refused with a reason.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz_target.h"
#include "pir/import/import.h"
#include "pir/reader.h"
#include "program_expectations.h"

using Json = nlohmann::ordered_json;

namespace pdquant::fuzz {
namespace {

// Numbers at which something changes: signs, the ends of 32 and 64 bits, what is no integer.
const std::array<Json, 10> kNumbers = {0, 1, -1, 2, 8, INT32_MAX, INT32_MIN, INT64_MAX, int64_t{1} << 62U, 0.5};

// One to four values of a document are replaced, removed, doubled or swapped.
class DocumentMutator {
 public:
  explicit DocumentMutator(uint32_t seed) : random_(seed) {}

  void Run(Json* document) {
    for (size_t i = Below(4) + 1; i > 0; --i) {
      values_.clear();
      Collect(document);
      Change(Any());
    }
  }

 private:
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  Json* Any() { return values_[Below(values_.size())]; }

  void Collect(Json* value) {
    values_.push_back(value);
    if (!value->is_structured()) return;
    for (Json& item : *value) Collect(&item);
  }

  void Change(Json* value) {
    if (value->is_number()) {
      *value = kNumbers[Below(kNumbers.size())];
    } else if (value->is_boolean()) {
      *value = !value->get<bool>();
    } else if (value->is_array() && !value->empty() && Below(4) != 0) {
      ChangeList(value);
    } else {
      const Json other = *Any();
      if (other.type() == value->type()) *value = other;
    }
  }

  void ChangeList(Json* list) {
    const size_t at = Below(list->size());
    const Json item = (*list)[at];
    switch (Below(3)) {
      case 0:
        list->erase(at);
        break;
      case 1:
        list->push_back(item);
        break;
      default:
        std::swap((*list)[at], (*list)[Below(list->size())]);
    }
  }

  std::minstd_rand random_;
  std::vector<Json*> values_;
};

void TestOneInput(std::string_view input) {
  Findings findings;
  Result<pir::Program> program = pir::ReadProgram(input, {1000}, &findings);
  if (!program.ok()) {
    if (program.status().message().empty()) Die("refused without a reason");
    return;
  }
  pir::CheckStructure(&*program, &findings);
  pir::ImportOptions options;
  options.allow_unverified = input.size() % 2 == 0;
  options.target = input.size() % 4 < 2 ? pir::ImportTarget::kPaddle26 : pir::ImportTarget::kLite;
  const Result<pir::Imported> imported = pir::Import(*program, options, &findings);
  if (imported.ok() == findings.has_errors())
    Die("imported with findings, or refused without: " + imported.status().message());
  if (imported.ok()) ExpectWellFormed(imported->bytes);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Bytes are changed at times; mostly the values of the document are, which leaves it JSON.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  constexpr int kDeepest = 100;
  const auto not_too_deep = [](int depth, Json::parse_event_t, const Json&) { return depth < kDeepest; };
  Json document = Json::parse(data, data + size, not_too_deep, false);
  if (seed % 8 == 0 || !document.is_structured()) return LLVMFuzzerMutate(data, size, max_size);
  pdquant::fuzz::DocumentMutator(seed).Run(&document);
  return pdquant::fuzz::HandBack(document.dump(-1, ' ', false, Json::error_handler_t::replace), data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
