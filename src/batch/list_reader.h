// Lists of inputs, line by line.
#ifndef PDQUANT_BATCH_LIST_READER_H_
#define PDQUANT_BATCH_LIST_READER_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"

namespace pdquant {

// Reads lines of any file, in memory for one of them.
class ListReader {
 public:
  // "-" is standard input. Errors: kIo.
  Status Open(const std::string& path);
  // The next line, without its end; false at the end of the list, or where it can't be read on, as status() says.
  bool Next(std::string* line);
  // "'models.txt':3", the place of the line for messages.
  std::string Place() const;
  const Status& status() const { return status_; }

 private:
  bool Fill();

  std::string name_;
  Descriptor file_;
  int fd_ = -1;
  std::string buffer_;
  size_t at_ = 0;  // in buffer_
  size_t line_ = 0;
  bool ended_ = false;
  Status status_;
};

struct ListEntry {
  std::string input;
  std::string output;  // empty where it isn't given
  std::vector<std::string> options;
};

// Reads {"input": "a.pb", "output": "b.pb", "options": ["--weight-bits", "4"]}. Errors: kUsage.
Result<ListEntry> ParseListEntry(std::string_view line);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_LIST_READER_H_
