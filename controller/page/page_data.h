// PageData: what /api/v1 answers, read through the AdminBackend that instancectl's answers come
// from. JSON is proto3's own mapping of api/admin/v1, every field present; docs/page.md documents
// it.
//
// Errors are the backend's; Validation also for a request that cannot be understood.
// Threads: several at once; blocks until the backend answers, at most two seconds a question.
// Ownership: the backend outlives it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/admin/backend.h"

namespace instanced {

class PageData {
 public:
  explicit PageData(AdminBackend& backend) : backend_(backend) {}

  // `parts`: the path behind /api/v1, split and decoded; `query`: as sent.
  Result<std::string> Read(const std::vector<std::string>& parts, std::string_view query) const;

 private:
  Result<std::string> Objects(std::string_view query) const;
  Result<std::string> Object(const ObjectKey& key) const;
  Result<std::string> History(const ObjectKey& key) const;
  Result<std::string> Budgets() const;
  Result<std::string> Plugins() const;
  Result<std::string> Brakes() const;
  Result<std::string> Version() const;

  AdminBackend& backend_;
};

// Nothing that is no complete escape is changed.
std::string PercentDecoded(std::string_view text);

}  // namespace instanced
