#include "support/programs.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "files/input.h"

namespace pdquant::testing {
namespace {

constexpr int kTextDepth = 20;  // of messages inside one another in a text program

// In debug builds protobuf logs each text that is no UTF-8.
[[maybe_unused]] const auto kLogHandler = google::protobuf::SetLogHandler(nullptr);

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("can't read " + path);
  std::ostringstream content;
  if (file.peek() != std::ifstream::traits_type::eof()) content << file.rdbuf();  // of nothing, << fails
  if (file.bad() || !content) throw std::runtime_error("can't read " + path);
  return content.str();
}

proto::ProgramDesc ParseMessage(std::string_view bytes) {
  proto::ProgramDesc program;
  if (!program.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw std::runtime_error("protobuf can't parse the program");
  return program;
}

proto::ProgramDesc ParseText(const std::string& text) {
  proto::ProgramDesc program;
  google::protobuf::TextFormat::Parser parser;
  parser.SetRecursionLimit(kTextDepth);
  if (!parser.ParseFromString(text, &program)) throw std::runtime_error("not a program as text protobuf");
  return program;
}

Program Load(std::string_view bytes, Findings* findings) {
  Findings dropped;
  Result<Program> program = Program::Parse(Bytes::Copy(bytes), ScanLimits(), findings != nullptr ? findings : &dropped);
  if (!program.ok()) throw std::runtime_error("can't load the program: " + program.status().message());
  return std::move(*program);
}

Program Load(const proto::ProgramDesc& message, Findings* findings) {
  return Load(message.SerializePartialAsString(), findings);
}

std::string CorpusRow::Before(std::string_view file) const {
  return std::string(PDQUANT_CORPUS "/") + network + "/" + std::string(file);
}

std::string CorpusRow::After(std::string_view file) const {
  return std::string(PDQUANT_CORPUS "/") + network + "/" + config + "/" + std::string(file);
}

std::vector<CorpusRow> CorpusRows() {
  std::vector<CorpusRow> rows;
  for (const auto& entry : nlohmann::json::parse(ReadFile(PDQUANT_CORPUS "/corpus.json"))) {
    CorpusRow& row = rows.emplace_back();
    row.network = entry.at("network");
    row.config = entry.at("config");
    row.error = entry.value("error", "");
    for (const auto& [name, value] : entry.at("options").items()) {
      row.options.push_back("--" + name);
      std::replace(row.options.back().begin(), row.options.back().end(), '_', '-');
      row.options.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return rows;
}

std::vector<CorpusRow> CorpusPairs() {
  std::vector<CorpusRow> rows = CorpusRows();
  std::erase_if(rows, [](const CorpusRow& row) { return !row.error.empty(); });
  return rows;
}

std::string MainOf(std::string_view network) {
  return std::string(PDQUANT_CORPUS "/") + std::string(network) + "/main.pb";
}

std::vector<std::string> AllPrograms() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PDQUANT_CORPUS)) {
    if (entry.path().extension() == ".pb") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace pdquant::testing
