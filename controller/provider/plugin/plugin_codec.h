// The messages of provider.proto as values of the provider seam, and back.
//
// Every decoder treats its bytes as hostile: what does not fit the contract is an error of
// plugin_errors.h's BrokenAnswer, never a value. Pure. Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "controller/provider/plugin/plugin_schema.h"
#include "controller/provider/plugin/rpc.h"
#include "controller/provider/provider.h"

namespace instanced::plugin {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr int kListPageSize = 100;

// The answer of Handshake.
struct Greeting {
  std::string name;
  std::string version;
  std::string scope;
  std::string boot_id;
  Updates updates = Updates::kNever;
  std::uint32_t calls_max = 0;  // 0: as many as there are
  friend bool operator==(const Greeting&, const Greeting&) = default;
};

// A value, and the plugin's own id of the call.
template <class T>
struct Answered {
  T value;
  std::string request_id;
};

std::string EncodeHandshake(const std::string& daemon_version);
Result<Greeting> DecodeHandshake(const RpcAnswer& answer);

Result<SchemaText> DecodeSchema(const RpcAnswer& answer);

std::string EncodeObserve(const std::string& external_name);
Result<Answered<Observation>> DecodeObserve(const RpcAnswer& answer, const PluginSchema& schema,
                                            const std::string& external_name);

// The recorded form of a create: canonical JSON.
std::string RecordCreate(const CreateInput& input);
// From the recorded form to the message; Terminal for what RecordCreate did not write.
Result<std::string> EncodeCreate(const std::string& recorded, const ObjectKey& key,
                                 std::int64_t attempt);
Result<Answered<Created>> DecodeCreate(const RpcAnswer& answer);

std::string EncodeUpdate(const UpdateInput& input);
Result<Answered<std::monostate>> DecodeUpdate(const RpcAnswer& answer);

std::string EncodeDelete(const std::string& external_name, const std::string& token);
Result<Answered<std::monostate>> DecodeDelete(const RpcAnswer& answer);

std::string EncodeList(const std::string& page, int page_size = kListPageSize);
Result<Answered<ListPage>> DecodeList(const RpcAnswer& answer, const PluginSchema& schema,
                                      const std::string& page, int page_size = kListPageSize);

}  // namespace instanced::plugin
