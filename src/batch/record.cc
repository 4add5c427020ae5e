#include "batch/record.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "batch/content_hash.h"

namespace pdquant {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kHead = "{\"pdquant_journal\":";
constexpr std::string_view kTail = ",\"length\":";

bool IsUtf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

// JSON holds Unicode only. Other names are kept as hex digits, in a member of their own.
void PutText(const std::string& key, const std::string& text, Json* object) {
  if (IsUtf8(text)) {
    (*object)[key] = text;
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  (*object)[key + "_hex"] = hex;
}

std::string GetText(const Json& object, const std::string& key) {
  if (const auto found = object.find(key); found != object.end()) return found->get<std::string>();
  const auto hex = object.at(key + "_hex").get<std::string>();
  std::string text;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    text += static_cast<char>(byte);
  }
  return text;
}

void Put(const ModelRecord& record, Json* object) {
  (*object)["type"] = "model";
  PutText("output", record.output, object);
  PutText("input", record.input, object);
  (*object)["status"] = record.done ? "done" : "failed";
  (*object)["exit"] = record.exit_code;
  (*object)["signal"] = record.signal;
  (*object)["seconds"] = record.seconds;
  (*object)["key"] = record.key;
  PutText("message", record.message, object);
  PutText("log", record.log, object);
  Json files = Json::array();
  for (const OutputFile& file : record.files) {
    Json entry = Json::object();
    PutText("path", file.path, &entry);
    entry["size"] = file.size;
    entry["xxh3"] = file.hash;
    files.push_back(std::move(entry));
  }
  (*object)["files"] = std::move(files);
  if (record.reused != 0) (*object)["reused"] = record.reused;
}

void Put(const RunRecord& record, Json* object) {
  (*object)["type"] = "run";
  (*object)["shard"] = record.shard.number;
  (*object)["shards"] = record.shard.count;
  (*object)["jobs"] = record.jobs;
  (*object)["plan"] = record.plan;
  (*object)["version"] = record.version;
  Json words = Json::array();
  for (const std::string& word : record.words) words.push_back(IsUtf8(word) ? word : "?");
  (*object)["command"] = std::move(words);
}

void Put(const EndRecord& record, Json* object) {
  (*object)["type"] = "end";
  (*object)["left"] = record.left;
}

ModelRecord GetModel(const Json& object) {
  ModelRecord record;
  record.output = GetText(object, "output");
  record.input = GetText(object, "input");
  record.done = object.at("status").get<std::string>() == "done";
  record.exit_code = object.at("exit").get<int>();
  record.signal = object.at("signal").get<int>();
  record.seconds = object.at("seconds").get<double>();
  record.key = object.at("key").get<std::string>();
  record.message = GetText(object, "message");
  record.log = GetText(object, "log");
  for (const Json& file : object.at("files")) {
    record.files.push_back(
        {GetText(file, "path"), file.at("size").get<uint64_t>(), file.at("xxh3").get<std::string>()});
  }
  record.reused = object.value("reused", size_t{0});
  return record;
}

RunRecord GetRun(const Json& object) {
  RunRecord record;
  record.shard = {object.at("shard").get<uint32_t>(), object.at("shards").get<uint32_t>()};
  record.jobs = object.at("jobs").get<uint64_t>();
  record.plan = object.at("plan").get<std::string>();
  record.version = object.at("version").get<std::string>();
  record.words = object.at("command").get<std::vector<std::string>>();
  return record;
}

Record GetRecord(const Json& object) {
  const auto type = object.at("type").get<std::string>();
  if (type == "run") return GetRun(object);
  if (type == "end") return EndRecord{object.at("left").get<uint64_t>()};
  return GetModel(object);
}

}  // namespace

std::string EncodeRecord(const Record& record) {
  Json object = Json::object();
  object["pdquant_journal"] = kVersion;
  std::visit([&](const auto& what) { Put(what, &object); }, record);
  std::string text = object.dump();
  text.pop_back();
  const std::string guard = std::to_string(text.size()) + ",\"xxh32\":\"" + ShortHash(text) + "\"}";
  return text.append(kTail) + guard;
}

ParsedLine ParseRecord(std::string_view line) {
  if (!line.starts_with(kHead)) return {kHead.starts_with(line) ? LineFault::kTorn : LineFault::kForeign, {}};
  const size_t tail = line.rfind(kTail);
  if (tail == std::string_view::npos) return {LineFault::kTorn, {}};
  const std::string_view body = line.substr(0, tail);
  const std::string guard = std::to_string(body.size()) + ",\"xxh32\":\"" + ShortHash(body) + "\"}";
  if (line.substr(tail + kTail.size()) != guard) return {LineFault::kTorn, {}};
  try {
    const Json object = Json::parse(line);
    if (object.at("pdquant_journal").get<int>() != kVersion) return {LineFault::kVersion, {}};
    return {LineFault::kNone, GetRecord(object)};
  } catch (const Json::exception&) {
    return {LineFault::kForeign, {}};
  }
}

}  // namespace pdquant
