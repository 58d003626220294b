#include "controller/provider/plugin/plugin_provider.h"

#include <utility>
#include <variant>

namespace instanced::plugin {

Task<Result<PluginSession::Exchanged>> PluginProvider::Exchange(CallContext context, Verb verb,
                                                                std::string request) {
  auto exchanging = session_.Exchange(std::move(context), gate_, verb, std::move(request));
  co_return co_await exchanging;
}

template <class T>
Result<T> PluginProvider::Conclude(const CallContext& context, Verb verb,
                                   const Exchanged& exchanged, Result<Answered<T>> decoded) const {
  CallOutcome outcome;
  outcome.latency = exchanged.latency;
  if (!decoded) {
    outcome.error_class = decoded.error().error_class;
    outcome.code = decoded.error().code;
    outcome.retry_after = decoded.error().retry_after;
  }
  gate_.Leave(context, ToString(verb), outcome);
  if (!decoded) return std::unexpected(std::move(decoded.error()));
  if (context.trace) context.trace->request_id = std::move(decoded->request_id);
  return std::move(decoded->value);
}

Result<std::string> PluginProvider::EncodeCreate(const CreateInput& input) const {
  const auto problems = schema_->Check(input.parameters);
  if (!problems.empty()) return Fail(ErrorClass::kValidation, "Invalid", problems.front());
  return RecordCreate(input);
}

Task<Result<Created>> PluginProvider::Create(CallContext context, std::string request) {
  auto message = plugin::EncodeCreate(request, context.key, attempt_of_(context.key));
  if (!message) co_return std::unexpected(std::move(message.error()));
  auto exchanging = Exchange(context, Verb::kCreate, *std::move(message));
  auto exchanged = co_await exchanging;
  if (!exchanged) co_return std::unexpected(std::move(exchanged.error()));
  co_return Conclude(context, Verb::kCreate, *exchanged, DecodeCreate(exchanged->answer));
}

Task<Result<Observation>> PluginProvider::Observe(CallContext context, std::string external_name) {
  auto exchanging = Exchange(context, Verb::kObserve, EncodeObserve(external_name));
  auto exchanged = co_await exchanging;
  if (!exchanged) co_return std::unexpected(std::move(exchanged.error()));
  co_return Conclude(context, Verb::kObserve, *exchanged,
                     DecodeObserve(exchanged->answer, *schema_, external_name));
}

Task<Result<void>> PluginProvider::Update(CallContext context, UpdateInput input) {
  auto exchanging = Exchange(context, Verb::kUpdate, EncodeUpdate(input));
  auto exchanged = co_await exchanging;
  if (!exchanged) co_return std::unexpected(std::move(exchanged.error()));
  auto done = Conclude(context, Verb::kUpdate, *exchanged, DecodeUpdate(exchanged->answer));
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<void>> PluginProvider::Delete(CallContext context, std::string external_name,
                                          std::string token) {
  auto exchanging = Exchange(context, Verb::kDelete, EncodeDelete(external_name, token));
  auto exchanged = co_await exchanging;
  if (!exchanged) co_return std::unexpected(std::move(exchanged.error()));
  auto done = Conclude(context, Verb::kDelete, *exchanged, DecodeDelete(exchanged->answer));
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<ListPage>> PluginProvider::List(CallContext context, std::string page) {
  auto exchanging = Exchange(context, Verb::kList, EncodeList(page));
  auto exchanged = co_await exchanging;
  if (!exchanged) co_return std::unexpected(std::move(exchanged.error()));
  co_return Conclude(context, Verb::kList, *exchanged,
                     DecodeList(exchanged->answer, *schema_, page));
}

}  // namespace instanced::plugin
