#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "batch/report.h"

namespace pdquant {
namespace {

constexpr size_t kSlowest = 5;

struct Line {
  std::string name;
  std::string text;
};

// What both forms of the summary say.
struct Contents {
  std::string head;
  std::vector<std::string> notes;
  std::vector<Line> slowest;
  std::vector<Line> failures;
  size_t more = 0;  // failures that are not named
};

std::string Seconds(double seconds) { return fmt::format("{:.3g} s", seconds); }

std::string Head(const BatchReport& report) {
  const Counts& counts = report.counts;
  std::string text = Counted(counts.total, "model") + ": " + std::to_string(counts.done) + " done, " +
                     std::to_string(report.failed()) + " failed";
  if (counts.still_failed != 0) text += " (" + std::to_string(counts.still_failed) + " in an earlier run)";
  if (counts.unchanged != 0) text += ", " + std::to_string(counts.unchanged) + " skipped: done before and unchanged";
  if (counts.left() != 0) text += ", " + std::to_string(counts.left()) + " not started";
  return text;
}

std::string Numbers(const std::vector<uint32_t>& shards, uint32_t count) {
  return Join(shards, ", ") + " of " + std::to_string(count);
}

std::vector<size_t> Slowest(const BatchReport& report) {
  std::vector<size_t> slowest;
  const auto slower = [&](size_t a, size_t b) { return report.seconds(a) > report.seconds(b); };
  for (size_t i = 0; i < report.size; ++i) {
    if (report.state(i) != JobState::kDone && report.state(i) != JobState::kFailed) continue;
    slowest.insert(std::upper_bound(slowest.begin(), slowest.end(), i, slower), i);
    if (slowest.size() > kSlowest) slowest.pop_back();
  }
  return slowest;
}

Result<Contents> ContentsOf(const BatchReport& report, size_t limit) {
  Contents contents;
  contents.head = Head(report);
  if (!report.missing.empty()) contents.notes.push_back("missing: shard " + Numbers(report.missing, report.shards));
  if (!report.incomplete.empty()) {
    contents.notes.push_back("incomplete: shard " + Numbers(report.incomplete, report.shards));
  }
  for (const size_t number : Slowest(report)) {
    const Result<ModelRecord> record = report.read(number);
    if (!record.ok()) return record.status();
    contents.slowest.push_back({record->output, Seconds(record->seconds)});
  }
  for (size_t i = 0; i < report.size; ++i) {
    if (!IsFailed(report.state(i))) continue;
    if (contents.failures.size() >= limit) {
      ++contents.more;
      continue;
    }
    const Result<ModelRecord> record = report.read(i);
    if (!record.ok()) return record.status();
    contents.failures.push_back({record->output, record->message});
  }
  return contents;
}

// In Markdown nothing of a name or a message is more than text.
std::string MarkdownText(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]()#!|<>&~@";
  std::string escaped;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string MarkdownTable(const std::string& title, const std::string& column, const std::vector<Line>& lines) {
  if (lines.empty()) return "";
  std::string text = "\n### " + title + "\n| model | " + column + " |\n|---|---|\n";
  for (const Line& line : lines) {
    text += "| " + MarkdownText(Escape(line.name)) + " | " + MarkdownText(Printable(line.text)) + " |\n";
  }
  return text;
}

}  // namespace

Result<std::string> SummaryText(const BatchReport& report, size_t limit) {
  const Result<Contents> contents = ContentsOf(report, limit);
  if (!contents.ok()) return contents.status();
  std::string text = contents->head + "\n";
  for (const std::string& note : contents->notes) text += note + "\n";
  if (!contents->slowest.empty()) text += "slowest:\n";
  for (const Line& line : contents->slowest) text += "  " + line.text + "  " + Quote(line.name) + "\n";
  if (!contents->failures.empty()) text += "failed:\n";
  for (const Line& line : contents->failures) text += "  " + Quote(line.name) + ": " + Printable(line.text) + "\n";
  if (contents->more != 0) text += "  " + std::to_string(contents->more) + " more; --all shows them\n";
  if (report.failed() != 0 && !report.retry.empty())
    text += "to run just the failed ones again:\n  " + report.retry + "\n";
  return text;
}

Result<std::string> SummaryMarkdown(const BatchReport& report, size_t limit) {
  const Result<Contents> contents = ContentsOf(report, limit);
  if (!contents.ok()) return contents.status();
  std::string text = "## pdquant batch\n" + MarkdownText(contents->head) + "\n";
  for (const std::string& note : contents->notes) text += "\n**" + MarkdownText(note) + "**\n";
  text += MarkdownTable("Failed", "message", contents->failures);
  if (contents->more != 0) text += "\n" + std::to_string(contents->more) + " more\n";
  text += MarkdownTable("Slowest", "time", contents->slowest);
  if (report.failed() != 0 && !report.retry.empty())
    text += "\nTo run just the failed ones again:\n\n    " + report.retry + "\n";
  return text;
}

}  // namespace pdquant
