// Alibaba OutboundBot 2019-12-26 on the wire: parameters, members of an instance, error codes.
//
// Source: the CreateInstance, ModifyInstance, DescribeInstance, DeleteInstance and ListInstances
// pages of API 2019-12-26 and the members its newer SDKs know.
// Threads: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "controller/provider/alibaba/error_table.h"
#include "controller/provider/alibaba/rpc_signature.h"
#include "controller/provider/provider.h"

namespace instanced::alibaba {

inline constexpr std::string_view kOutboundBotService = "outboundbot";
inline constexpr std::string_view kOutboundBotVersion = "2019-12-26";

std::span<const ErrorRow> OutboundBotErrors();

Result<std::string> EncodeOutboundBotCreate(const CreateInput& input);

// ModifyInstance replaces all it is given: the description goes with its mark, undeclared texts as
// they were observed, and MaxConcurrentConversation always. Validation when it is known to nobody.
Result<RpcParameters> EncodeOutboundBotModify(const UpdateInput& input);
// Validation when no resource group is declared.
Result<RpcParameters> EncodeOutboundBotMove(const UpdateInput& input);

// One `Instance` of DescribeInstance or ListInstances. There is no state: what can be described is
// ready. The keys of NluProfile never leave this function.
Observation DecodeOutboundBotInstance(const nlohmann::json& instance);

inline constexpr int kOutboundBotPageSize = 50;
// Where a list goes on, as the seam's opaque text says it; empty text begins one.
struct OutboundBotPage {
  std::int64_t number = 1;
  std::int64_t total_before = 0;  // what the page before counted; 0: it did not, or there is none
};
Result<OutboundBotPage> ParseOutboundBotPage(std::string_view text);
// What to ask after `page` was answered with so many entries; empty: that was all. When fewer are
// counted than before, some of those to come moved onto pages that were read: these are read again.
// Transient when fewer are shown than counted, for what a list lacks may be taken for gone.
Result<std::string> NextOutboundBotPage(const nlohmann::json& answer, OutboundBotPage page,
                                        std::size_t entries);

}  // namespace instanced::alibaba
