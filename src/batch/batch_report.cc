#include "batch/batch_report.h"

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/shortest_text.h"
#include "report/escape_formats.h"

namespace pdquant {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kChunk = size_t{64} << 10U;

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

Json HeadJson(const BatchReport& report) {
  Json head = {{"schema", "pdquant-batch-report"}, {"version", 1}};
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
std::string XmlLines(std::string_view text) {
  std::string lines;
  for (;;) {
    const size_t end = text.find('\n');
    lines += XmlText(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

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

// Calls `take` for each model that has a record.
template <typename Take>
Status ForEachModel(const BatchReport& report, Take take) {
  for (size_t i = 0; i < report.size; ++i) {
    if (report.state(i) == JobState::kLeft) continue;
    const Result<ModelRecord> record = report.read(i);
    if (!record.ok()) return record.status();
    if (Status status = take(*record, report.state(i)); !status.ok()) return status;
  }
  return {};
}

}  // namespace

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

Status WriteJson(const BatchReport& report, const WritePiece& write) {
  std::string text = HeadJson(report).dump(2);
  text.resize(text.rfind('\n'));
  text += ",\n  \"models\": [";
  bool first = true;
  Status status = ForEachModel(report, [&](const ModelRecord& record, JobState state) -> Status {
    text += (first ? "\n    " : ",\n    ") + ItemJson(record, state).dump();
    first = false;
    return text.size() > kChunk ? write(std::exchange(text, {})) : Status();
  });
  if (!status.ok()) return status;
  return write(text + (first ? "]\n}\n" : "\n  ]\n}\n"));
}

Status WriteJunit(const BatchReport& report, const WritePiece& write) {
  const uint64_t left = report.counts.left() + report.missing.size();
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"pdquant batch\" tests=\"" +
                     std::to_string(report.counts.finished()) + "\" failures=\"" + std::to_string(report.failed()) +
                     "\" errors=\"" + std::to_string(left == 0 ? 0 : 1) + "\">\n";
  Status status = ForEachModel(report, [&](const ModelRecord& record, JobState) -> Status {
    text += CaseXml(record);
    return text.size() > kChunk ? write(std::exchange(text, {})) : Status();
  });
  if (!status.ok()) return status;
  if (left != 0) text += IncompleteXml(report);
  return write(text + "</testsuite>\n");
}

}  // namespace pdquant
