#include "controller/source/kube/kube_writer.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "controller/source/kube/list_parser.h"

namespace instanced {
namespace {

nlohmann::json DocumentFor(const WriteTarget& target) {
  return {{"apiVersion", kApiVersion},
          {"kind", ToString(target.key.kind)},
          {"metadata",
           {{"name", target.key.name},
            {"namespace", target.key.namespace_},
            {"uid", target.uid},
            {"resourceVersion", target.resource_version}}}};
}

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error StoreError(Error error) {
  switch (error.error_class) {
    case ErrorClass::kWriteConflict:
    case ErrorClass::kCancelled:
      break;
    case ErrorClass::kNotFound:
      error.error_class = ErrorClass::kWriteConflict;
      break;
    default:
      error.error_class = ErrorClass::kStore;
      break;
  }
  return error;
}

Task<Result<std::string>> VersionAfter(Task<Result<std::string>> writing) {
  auto answer = co_await writing;
  if (!answer) co_return std::unexpected(StoreError(std::move(answer.error())));
  auto version = ResourceVersionOf(std::move(*answer));
  if (!version.empty()) co_return version;
  co_return Fail(ErrorClass::kStore, "Malformed",
                 "the API server answered a write with what is no object");
}

}  // namespace

Task<Result<std::string>> KubeWriter::WriteStatus(WriteTarget target, InstanceStatus status) {
  auto document = DocumentFor(target);
  document["status"] = ToJson(status);
  // A create waits for its intent to be on record.
  const CallRank rank = status.intent ? CallRank::kFirst : CallRank::kPlain;
  return VersionAfter(client_.Replace(ObjectOf(target.key, "status"), Dump(document), {}, rank));
}

Task<Result<std::string>> KubeWriter::WriteFinalizers(WriteTarget target,
                                                      std::vector<std::string> finalizers) {
  auto document = DocumentFor(target);
  document["metadata"]["finalizers"] = std::move(finalizers);
  return VersionAfter(
      client_.MergePatch(ObjectOf(target.key), Dump(document), {}, CallRank::kFirst));
}

Task<Result<std::string>> KubeWriter::WriteAnnotations(WriteTarget target,
                                                       StringPairs annotations) {
  auto document = DocumentFor(target);
  auto& changes = document["metadata"]["annotations"] = nlohmann::json::object();
  for (auto& [name, value] : annotations) {
    changes[name] = value.empty() ? nlohmann::json() : nlohmann::json(std::move(value));
  }
  return VersionAfter(client_.MergePatch(ObjectOf(target.key), Dump(document), {}));
}

}  // namespace instanced
