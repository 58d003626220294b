#include "controller/provider/alibaba/answer_checks.h"

namespace instanced::alibaba {
namespace {

Error Incomplete(std::string_view operation, ErrorClass error_class) {
  Error error;
  error.error_class = error_class;
  error.code = "IncompleteAnswer";
  error.message = "the answer says success and names no instance id";
  error.operation = operation;
  error.http_status = 200;
  return error;
}

}  // namespace

Error IncompleteRead(std::string_view operation) {
  return Incomplete(operation, ErrorClass::kTransient);
}

Error IncompleteCreate(std::string_view operation) {
  return Incomplete(operation, ErrorClass::kInDoubt);
}

}  // namespace instanced::alibaba
