#include "model/parameter_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/escape.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/temporary.h"
#include "model/byte_source.h"

namespace pdquant {
namespace {

constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;  // a FIFO is refused, not waited for
constexpr size_t kAlignment = 64;

struct FreeBuffer {
  void operator()(char* data) const { std::free(data); }
};

// Why there can be no file for a parameter; empty for what is no fault of its name.
std::string FaultOfName(int error) {
  switch (error) {
    case EXDEV:
      return "its name can't be a file's name: it leads out of the folder, or has an empty part";
    case ELOOP:
      return "its file is a symbolic link or lies behind one, which might lead out of the folder";
    case ENAMETOOLONG:
      return "its name is too long to be a file's name";
    default:
      return "";
  }
}

}  // namespace

struct ParameterReader::State {
  ParameterPlace place;
  std::vector<Parameter> parameters;
  std::vector<FileIdentity> identities;     // of separate files
  Descriptor folder;                        // of separate files
  std::unique_ptr<FileSource> source;       // the combined file, or the last separate one that was read
  size_t open_parameter = SIZE_MAX;         // of separate files: what `source` is
  std::vector<const std::string*> missing;  // names without a file
  size_t linked = 0;                        // files with more than one name
  Level missing_level = Level::kError;
  std::unique_ptr<char, FreeBuffer> buffer;

  std::string PathOf(const std::string& name) const { return Quote(place.path + "/" + name); }
  Status OpenCombined(const std::vector<ParameterVariable>& variables, Findings* findings);
  Status OpenFolder(const std::vector<ParameterVariable>& variables, Findings* findings);
  Status OpenSeparate(const ParameterVariable& variable, Findings* findings);
  void TellOfFolder(size_t wanted, Findings* findings) const;
  Result<FileSource*> SourceOf(size_t parameter);
  Status Read(size_t parameter, uint64_t begin, uint64_t end, const ByteSink& take);
};

Status ParameterReader::State::OpenCombined(const std::vector<ParameterVariable>& variables, Findings* findings) {
  Descriptor file = OpenDescriptor(place.path, kFlags);
  if (!file.valid() && errno == ENOENT && variables.empty()) return {};
  if (!file.valid()) return SystemError(Quote(place.path), "open", errno);
  source = std::make_unique<FileSource>(std::move(file), Quote(place.path));
  if (Status status = source->Init(); !status.ok()) return status;
  Result<std::vector<Parameter>> checked = CheckCombined(*source, variables, findings);
  if (!checked.ok()) return checked.status();
  parameters = std::move(*checked);
  source->ExpectSequentialReads();
  return source->CheckUnchanged();
}

Status ParameterReader::State::OpenSeparate(const ParameterVariable& variable, Findings* findings) {
  Descriptor file = OpenBeneath(folder.get(), variable.name, kFlags);
  if (!file.valid()) {
    const int error = errno;
    const std::string why = FaultOfName(error);
    if (!why.empty()) {
      findings->Error("parameter-name", PlaceOfVariable(variable.name), why);
    } else if (error == ENOENT || error == ENOTDIR) {
      missing.push_back(&variable.name);
    } else {
      return SystemError(PathOf(variable.name), "open", error);
    }
    return {};
  }
  FileSource separate(std::move(file), PathOf(variable.name));
  if (Status status = separate.Init(); !status.ok()) {
    if (status.code() != StatusCode::kBadInput) return status;
    findings->Error("parameter-file", PlaceOfVariable(variable.name),
                    "what has its name in the folder is no regular file");
    return {};
  }
  RecordHeader header;
  if (Status status = CheckSeparate(separate, variable, findings, &header); !status.ok()) return status;
  if (separate.has_other_links() && linked++ == 0) {
    findings->Warning("hard-link", PlaceOfVariable(variable.name),
                      "its file has more than one name (hard link); it is read, and never written through");
  }
  parameters.push_back({variable.name, std::move(header)});
  identities.push_back(separate.identity());
  return separate.CheckUnchanged();
}

// Where all files are missing, it is another folder that is meant.
void ParameterReader::State::TellOfFolder(size_t wanted, Findings* findings) const {
  if (linked > 1) {
    findings->Warning("hard-link", {}, std::to_string(linked - 1) + " more files of parameters have several names");
  }
  if (missing.size() > 1 && missing.size() == wanted) {
    findings->Error("parameter-missing", PlaceOfVariable(*missing.front()),
                    "has no file in the folder, nor has any other of the " + std::to_string(wanted) + " parameters",
                    "say with " + std::string(place.option) + " where they are");
    return;
  }
  for (const std::string* name : missing)
    findings->Add({"parameter-missing", missing_level, PlaceOfVariable(*name), "has no file in the folder", ""});
}

Status ParameterReader::State::OpenFolder(const std::vector<ParameterVariable>& variables, Findings* findings) {
  folder = OpenDescriptor(place.path, O_RDONLY | O_DIRECTORY);
  if (!folder.valid()) return SystemError(Quote(place.path), "open the folder", errno);
  const size_t before = findings->count(Level::kError);
  for (const ParameterVariable& variable : variables) {
    if (Status status = OpenSeparate(variable, findings); !status.ok()) return status;
  }
  TellOfFolder(variables.size(), findings);
  return findings->count(Level::kError) == before ? Status() : BadInput("");
}

Result<FileSource*> ParameterReader::State::SourceOf(size_t parameter) {
  if (place.kind == ParameterPlace::Kind::kCombined || open_parameter == parameter) return source.get();
  const std::string& name = parameters[parameter].name;
  Descriptor file = OpenBeneath(folder.get(), name, kFlags);
  if (!file.valid()) return SystemError(PathOf(name), "open", errno);
  auto opened = std::make_unique<FileSource>(std::move(file), PathOf(name));
  if (Status status = opened->Init(); !status.ok()) return status;
  if (opened->identity() != identities[parameter]) return opened->Changed();
  opened->ExpectSequentialReads();
  source = std::move(opened);
  open_parameter = parameter;
  return source.get();
}

Status ParameterReader::State::Read(size_t parameter, uint64_t begin, uint64_t end, const ByteSink& take) {
  const Result<FileSource*> file = SourceOf(parameter);
  if (!file.ok()) return file.status();
  if (buffer == nullptr) {
    buffer.reset(static_cast<char*>(std::aligned_alloc(kAlignment, kChunkBytes)));
    if (buffer == nullptr) throw std::bad_alloc();
  }
  while (begin < end) {
    const size_t size = std::min<uint64_t>(kChunkBytes, end - begin);
    if (Status status = (*file)->Read(begin, {buffer.get(), size}); !status.ok()) return status;
    if (Status status = take({buffer.get(), size}); !status.ok()) return status;
    begin += size;
  }
  return (*file)->CheckUnchanged();
}

ParameterReader::ParameterReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ParameterReader::~ParameterReader() = default;

Result<std::unique_ptr<ParameterReader>> ParameterReader::Open(const ParameterPlace& place,
                                                               const std::vector<ParameterVariable>& variables,
                                                               Findings* findings, ParameterNeed need) {
  auto state = std::make_unique<State>();
  if (need == ParameterNeed::kSome) state->missing_level = Level::kWarning;
  state->place = place;
  const bool combined = place.kind == ParameterPlace::Kind::kCombined;
  Status status = combined ? state->OpenCombined(variables, findings) : state->OpenFolder(variables, findings);
  if (!status.ok()) return status;
  return std::unique_ptr<ParameterReader>(new ParameterReader(std::move(state)));
}

const ParameterPlace& ParameterReader::place() const { return state_->place; }
const std::vector<Parameter>& ParameterReader::parameters() const { return state_->parameters; }

std::optional<size_t> ParameterReader::Find(std::string_view name) const {
  const auto& all = state_->parameters;
  const auto found =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const Parameter& parameter, std::string_view wanted) { return parameter.name < wanted; });
  if (found == all.end() || found->name != name) return std::nullopt;
  return static_cast<size_t>(found - all.begin());
}

Status ParameterReader::ReadData(size_t parameter, const ByteSink& take) {
  const RecordHeader& header = state_->parameters[parameter].header;
  return state_->Read(parameter, header.data_offset, header.end(), take);
}

Status ParameterReader::ReadPart(size_t parameter, uint64_t begin, std::span<char> into) {
  const Result<FileSource*> file = state_->SourceOf(parameter);
  if (!file.ok()) return file.status();
  const uint64_t data = state_->parameters[parameter].header.data_offset;
  if (Status status = (*file)->Read(data + begin, into); !status.ok()) return status;
  return (*file)->CheckUnchanged();
}

Status ParameterReader::ReadRecord(size_t parameter, const ByteSink& take) {
  const RecordHeader& header = state_->parameters[parameter].header;
  return state_->Read(parameter, header.offset, header.end(), take);
}

std::vector<std::string> ParameterReader::ListIgnored(std::string_view program, size_t most) const {
  std::vector<std::string> ignored;
  if (state_->place.kind == ParameterPlace::Kind::kCombined) return ignored;
  namespace fs = std::filesystem;
  std::error_code error;
  fs::recursive_directory_iterator files(state_->place.path, fs::directory_options::skip_permission_denied, error);
  for (; !error && files != fs::end(files); files.increment(error)) {
    if (files->is_directory(error) && !files->is_symlink(error)) continue;
    const std::string name = files->path().lexically_relative(state_->place.path).string();
    if (name != program && !Find(name) && !ParseTemporaryName(NameOf(name))) ignored.push_back(name);
  }
  std::sort(ignored.begin(), ignored.end());
  if (ignored.size() > most) ignored.resize(most);
  return ignored;
}

}  // namespace pdquant
