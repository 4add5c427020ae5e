// The jobs of a run. There may be very many of them: they lie in a file without a name, 24 bytes of each in memory, and
// until all are there a number for each folder of their outputs.
#ifndef PDQUANT_BATCH_PLAN_H_
#define PDQUANT_BATCH_PLAN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "batch/recipe.h"
#include "batch/shard.h"
#include "files/descriptor.h"

namespace pdquant {

class Plan {
 public:
  // Errors: kIo.
  Status Open();
  // `size` is that of the input. Errors: kIo.
  Status Add(const Job& job, uint64_t size);
  // Writes what is left; call it once all jobs are there. Refuses jobs whose outputs are one, or one of them inside of
  // another. Errors: kUsage, with both inputs; kIo.
  Status Finish();
  // Leaves out the jobs of the other shards.
  void Keep(const Shard& shard);

  size_t size() const { return entries_.size(); }
  // Errors: kIo.
  Result<Job> Read(size_t number) const;
  // All jobs, the largest first: then no large one is left over while the other workers have nothing to do.
  std::vector<uint32_t> LargestFirst() const;
  // Of the outputs, and of what jobs have options of their own, in whatever order they come.
  std::string Hash() const;

 private:
  struct Entry {
    uint64_t place;
    uint64_t size;
    uint64_t hash;
  };

  Status Write();
  Status RefuseSame(const std::vector<uint32_t>& by_hash) const;
  Status RefuseInside(const std::vector<uint32_t>& by_hash) const;

  Descriptor file_;
  std::string buffer_;  // not written yet
  uint64_t written_ = 0;
  std::vector<Entry> entries_;
  uint64_t options_ = 0;                            // the sum of hashes: the jobs come in any order
  std::unordered_map<uint64_t, uint32_t> folders_;  // hash of a folder of outputs → one of its jobs
};

// The bytes of an input: a file, a folder with all that is in it, or a model's prefix; 0 where nothing is there.
uint64_t SizeOfInput(const std::string& input);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_PLAN_H_
