#include "batch/report.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <pugixml.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "files/descriptor.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;
using Json = JsonDocument::Json;

class StringWriter : public pugi::xml_writer {
 public:
  void write(const void* data, size_t size) override { text.append(static_cast<const char*>(data), size); }

  std::string text;
};

Json ItemJson(const ModelRecord& record, JobState state) {
  Json item = {{"output", NameText(record.output)},
               {"input", NameText(record.input)},
               {"status", WordFor(state)},
               {"exit", record.exit_code},
               {"signal", record.signal}};
  if (!record.done) item["message"] = NameText(record.message);
  item["seconds"] = record.seconds;
  Json files = Json::array();
  for (const OutputFile& file : record.files) {
    files.push_back({{"path", NameText(file.path)}, {"size", file.size}, {"xxh3", file.hash}});
  }
  item["files"] = std::move(files);
  return item;
}

// Everything but the list of models.
Json FieldsJson(const BatchReport& report) {
  Json head = Json::object();
  if (!report.shard.empty()) head["shard"] = report.shard;
  head["shards"] = report.shards;
  head["missing_shards"] = report.missing;
  head["incomplete_shards"] = report.incomplete;
  head["total"] = report.counts.total;
  head["done"] = report.counts.done;
  head["skipped"] = report.counts.unchanged;
  head["failed"] = report.failed();
  head["left"] = report.counts.left();
  return head;
}

// Line by line: XmlText would make a newline visible.
std::string XmlLines(std::string_view text) { return Join(Split(text, '\n'), "\n", XmlText); }

void Set(pugi::xml_node node, const char* name, const std::string& text) {
  node.append_attribute(name).set_value(XmlText(text).c_str());
}

pugi::xml_node AddCase(const std::string& name, pugi::xml_document* document) {
  pugi::xml_node test_case = document->append_child("testcase");
  Set(test_case, "classname", "pdquant.batch");
  Set(test_case, "name", name);
  return test_case;
}

// One element at a time: a report may be larger than a document in memory should be.
std::string Printed(const pugi::xml_document& document) {
  StringWriter writer;
  document.first_child().print(writer, "  ", pugi::format_indent, pugi::encoding_utf8, 1);
  return writer.text;
}

std::string CaseXml(const ModelRecord& record) {
  pugi::xml_document document;
  pugi::xml_node test_case = AddCase(record.output, &document);
  Set(test_case, "time", ShortestText(record.seconds));
  if (!record.done) {
    pugi::xml_node failure = test_case.append_child("failure");
    Set(failure, "message", record.message);
    failure.text().set(XmlLines(record.log).c_str());
  }
  return Printed(document);
}

std::string IncompleteXml(const BatchReport& report) {
  pugi::xml_document document;
  pugi::xml_node error = AddCase("(complete)", &document).append_child("error");
  Set(error, "message",
      Counted(report.counts.left(), "model") + " not done, " + Counted(report.missing.size(), "shard") + " missing");
  return Printed(document);
}

// Calls `take` for each model that has a record, until it wants no more.
template <typename Take>
Status ForEachModel(const BatchReport& report, Take take) {
  for (size_t i = 0; i < report.size; ++i) {
    if (report.state(i) == JobState::kLeft) continue;
    const Result<ModelRecord> record = report.read(i);
    if (!record.ok()) return record.status();
    if (!take(*record, report.state(i))) return {};
  }
  return {};
}

// N of ".../journal-I-of-N.jsonl".
std::optional<uint32_t> CountIn(const std::string& path) {
  constexpr std::string_view kEnd = ".jsonl";
  const size_t of = path.rfind("-of-");
  if (of == std::string::npos || !path.ends_with(kEnd)) return std::nullopt;
  const std::string_view name = std::string_view(path).substr(0, path.size() - kEnd.size());
  const auto count = ParseNumber<uint32_t>(name.substr(of + 4));
  return count && *count != 0 && *count <= kMostShards ? count : std::nullopt;
}

}  // namespace

Status ShardReport::FindCount() {
  const Result<std::vector<std::string>> paths = FindJournals(out_);
  if (!paths.ok()) return paths.status();
  std::set<uint32_t> counts;
  for (const std::string& path : *paths) {
    if (const auto count = CountIn(path)) counts.insert(*count);
  }
  if (counts.empty()) return UsageError(Quote(out_) + ": no batch has worked here: there is no journal");
  if (counts.size() > 1) {
    return UsageError(Quote(out_) + " holds journals of " + Join(counts, ", ") +
                      " shards; say which to report: --shard 1/N");
  }
  count_ = *counts.begin();
  return {};
}

// Only what came since the runs have had the jobs of the last one.
Status ShardReport::LoadShard(uint32_t number) {
  const std::string path = JournalPath(out_, {number, count_});
  std::map<std::string, Model> models;
  std::optional<RunRecord> run;
  const auto take = [&](uint64_t place, const Record& record) {
    if (const auto* started = std::get_if<RunRecord>(&record)) {
      if (!run || run->plan != started->plan) models.clear();
      run = *started;
    } else if (const auto* model = std::get_if<ModelRecord>(&record)) {
      models[model->output] = {model->output, number, model->done, static_cast<float>(model->seconds), place};
    }
  };
  JournalFaults faults;
  if (Status status = ReadJournal(path, true, take, &faults); !status.ok()) return status;
  if (faults.any()) faults_.push_back(std::move(faults));
  if (!run || models.size() < run->jobs) {
    incomplete_.push_back(number);
    left_ += run ? run->jobs - models.size() : 0;
  }
  for (auto& [output, model] : models) models_.push_back(std::move(model));
  return {};
}

Status ShardReport::Load(const std::string& out, uint32_t count) {
  out_ = out;
  count_ = count;
  if (count_ == 0) {
    if (Status status = FindCount(); !status.ok()) return status;
  }
  for (uint32_t number = 1; number <= count_; ++number) {
    std::error_code ignored;
    if (!fs::exists(JournalPath(out_, {number, count_}), ignored)) {
      missing_.push_back(number);
      continue;
    }
    if (Status status = LoadShard(number); !status.ok()) return status;
  }
  std::sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.output < b.output; });
  return {};
}

Result<ModelRecord> ShardReport::Read(const Model& model) const {
  const std::string path = JournalPath(out_, {model.shard, count_});
  const Descriptor file = OpenDescriptor(path, O_RDONLY);
  if (!file.valid()) return SystemError(Quote(path), "open", errno);
  return ReadModelAt(file.get(), path, model.place);
}

std::string_view WordFor(JobState state) {
  switch (state) {
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
    case JobState::kStillFailed:
      return "failed";
    case JobState::kUnchanged:
      return "skipped";
    case JobState::kLeft:
      break;
  }
  return "left";
}

BatchReport ReportOf(const BatchRun& run, const Shard& shard, const std::string& retry) {
  BatchReport report;
  report.counts = run.counts();
  report.shards = shard.count;
  report.shard = shard.Text();
  report.retry = retry;
  report.size = run.counts().total;
  report.state = [&run](size_t number) { return run.state(number); };
  report.seconds = [&run](size_t number) { return run.seconds(number); };
  report.read = [&run](size_t number) { return run.Read(number); };
  return report;
}

BatchReport ReportOf(const ShardReport& shards) {
  BatchReport report;
  report.shards = shards.shards();
  report.missing = shards.missing();
  report.incomplete = shards.incomplete();
  report.size = shards.models().size();
  report.counts.total = report.size + shards.left();
  for (const ShardReport::Model& model : shards.models()) ++(model.done ? report.counts.done : report.counts.failed);
  const auto& models = shards.models();
  report.state = [&models](size_t number) { return models[number].done ? JobState::kDone : JobState::kFailed; };
  report.seconds = [&models](size_t number) { return models[number].seconds; };
  report.read = [&](size_t number) { return shards.Read(models[number]); };
  return report;
}

Status WriteJson(const BatchReport& report, const TextSink& sink) {
  JsonDocument document("pdquant-batch-report", FieldsJson(report), sink, /*names_pdquant=*/false);
  document.BeginList("models");
  Status status = ForEachModel(
      report, [&](const ModelRecord& record, JobState state) { return document.Add(ItemJson(record, state)); });
  if (!status.ok()) return status;
  document.EndList();
  document.End();
  return {};
}

Status WriteJunit(const BatchReport& report, const TextSink& sink) {
  const uint64_t left = report.counts.left() + report.missing.size();
  TextBuffer buffer(sink);
  *buffer.text() = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"pdquant batch\" tests=\"" +
                   std::to_string(report.counts.finished()) + "\" failures=\"" + std::to_string(report.failed()) +
                   "\" errors=\"" + std::to_string(left == 0 ? 0 : 1) + "\">\n";
  Status status = ForEachModel(report, [&](const ModelRecord& record, JobState) {
    *buffer.text() += CaseXml(record);
    return buffer.Flow();
  });
  if (!status.ok()) return status;
  if (left != 0) *buffer.text() += IncompleteXml(report);
  *buffer.text() += "</testsuite>\n";
  buffer.Flush();
  return {};
}

}  // namespace pdquant
