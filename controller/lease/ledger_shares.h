// LedgerShares: where work is divided among replicas, so is what they remember of it (brakes,
// used-up quotas, learned rates): each lease's part is a document of its own, written by its holder
// alone.
//
// Threads: the loop's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/provider/domain.h"

namespace instanced {

class LedgerShares {
 public:
  virtual ~LedgerShares() = default;
  // The parts this replica writes now. "" is the part of work no domain is known for.
  virtual std::vector<std::string> Held() const = 0;
  virtual std::string ShareOf(const Domain* domain) const = 0;
};

// "brakes", "brakes.instanced-0a1b2c"
inline std::string ShareName(std::string_view document, std::string_view share) {
  std::string name(document);
  if (!share.empty()) name.append(".").append(share);
  return name;
}

}  // namespace instanced
