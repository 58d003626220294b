#include "tests/cloudsim/api/route.h"

#include <algorithm>
#include <array>
#include <vector>

namespace instanced::cloudsim {
namespace {

using Segments = std::vector<std::string>;

Segments PathSegments(std::string_view path) {
  Segments segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(PercentDecode(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return segments;
}

void AddPairs(Json& input, const Pairs& pairs) {
  for (const auto& [name, value] : pairs) {
    Json& slot = input[name];
    if (slot.is_null()) {
      slot = value;
    } else if (slot.is_array()) {
      slot.push_back(value);
    } else {
      slot = Json::array({slot, value});
    }
  }
}

void AddBody(Route& route, const Request& request) {
  if (request.body.empty()) return;
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    route.body_fault = "The body is not a JSON object.";
    return;
  }
  route.input.update(body);
}

std::string CollectionOperation(const std::string& method, const std::string& create_method) {
  if (method == create_method) return "CreateInstance";
  return method == "GET" ? "ListInstances" : "";
}

std::string TagOperation(const std::string& method) {
  if (method == "POST") return "TagResource";
  if (method == "DELETE") return "UntagResource";
  return method == "GET" ? "ListTagsForResource" : "";
}

void RouteConnect(Route& route, const std::string& method, const Segments& path) {
  if (path[0] == "tags" && path.size() == 2) {
    route.operation = TagOperation(method);
    route.input["resourceArn"] = path[1];
  } else if (path[0] == "instance" && path.size() == 1) {
    route.operation = CollectionOperation(method, "PUT");
  } else if (path[0] == "instance") {
    route.input["InstanceId"] = path[1];
    if (path.size() == 2 && method == "GET") route.operation = "DescribeInstance";
    if (path.size() == 2 && method == "DELETE") route.operation = "DeleteInstance";
    if (path.size() == 3 && path[2] == "attributes" && method == "GET") {
      route.operation = "ListInstanceAttributes";
    }
    if (path.size() == 4 && path[2] == "attribute") {
      route.input["AttributeType"] = path[3];
      if (method == "GET") route.operation = "DescribeInstanceAttribute";
      if (method == "POST") route.operation = "UpdateInstanceAttribute";
    }
  }
}

void RouteSupplyChain(Route& route, const std::string& method, const Segments& path) {
  if (path.size() == 3 && path[1] == "tags") {
    route.operation = TagOperation(method);
    route.input["resourceArn"] = path[2];
  } else if (path.size() == 2 && path[1] == "instance") {
    route.operation = CollectionOperation(method, "POST");
  } else if (path.size() == 3 && path[1] == "instance") {
    route.input["instanceId"] = path[2];
    if (method == "GET") route.operation = "GetInstance";
    if (method == "PATCH") route.operation = "UpdateInstance";
    if (method == "DELETE") route.operation = "DeleteInstance";
  }
}

std::string Value(const Pairs& pairs, std::string_view name) {
  const auto found = std::ranges::find(pairs, name, [](const auto& pair) { return pair.first; });
  return found == pairs.end() ? "" : found->second;
}

Service RpcService(const std::string& version) {
  if (version == "2017-07-05") return Service::kCcc;
  if (version == "2019-12-26") return Service::kOutboundBot;
  if (version == "2015-04-01") return Service::kAlibabaSts;
  return version == "2011-06-15" ? Service::kAwsSts : Service::kUnknown;
}

Route RouteByAction(const Request& request) {
  Route route;
  route.parameters = ParseQuery(request.Query());
  if (request.Header("content-type").starts_with("application/x-www-form-urlencoded")) {
    for (auto& pair : ParseForm(request.body)) route.parameters.push_back(std::move(pair));
  }
  route.version = Value(route.parameters, "Version");
  if (route.version.empty()) route.version = request.Header("x-acs-version");
  route.operation = Value(route.parameters, "Action");
  if (route.operation.empty()) route.operation = request.Header("x-acs-action");
  route.service = RpcService(route.version);
  route.protocol = route.service == Service::kAwsSts ? Protocol::kAwsQuery : Protocol::kRpc;
  AddPairs(route.input, route.parameters);
  const bool v3 = request.Header("authorization").starts_with("ACS3");
  const std::string format = Value(route.parameters, "Format");
  const bool json = format == "JSON" || format == "json" || (v3 && format.empty());
  route.form = json && route.protocol == Protocol::kRpc ? BodyForm::kJson : BodyForm::kXml;
  return route;
}

std::string FirstText(const Json& input, const std::vector<const char*>& members) {
  for (const char* member : members) {
    const auto found = input.find(member);
    if (found != input.end() && found->is_string()) return found->get<std::string>();
  }
  return "";
}

}  // namespace

Route RouteOf(const Request& request) {
  const Segments path = PathSegments(request.Path());
  if (path.empty()) return RouteByAction(request);
  Route route;
  AddPairs(route.input, ParseQuery(request.Query()));
  AddBody(route, request);
  if (path[0] == "instance" || path[0] == "tags") {
    route.service = Service::kConnect;
    RouteConnect(route, request.method, path);
  } else if (path[0] == "api") {
    route.service = Service::kSupplyChain;
    RouteSupplyChain(route, request.method, path);
  }
  return route;
}

bool IsMutating(const std::string& operation) {
  static constexpr std::array kVerbs = {"Create", "Update", "Modify", "Delete",
                                        "Tag",    "Untag",  "Change"};
  return std::ranges::any_of(kVerbs, [&](const char* verb) { return operation.starts_with(verb); });
}

std::string TargetOf(const Json& input) {
  return FirstText(input,
                   {"InstanceId", "instanceId", "resourceArn", "ResourceId.1", "ResourceId"});
}

std::string NameOf(const Json& input) {
  return FirstText(
      input, {"InstanceAlias", "instanceName", "webAppDnsDomain", "DomainName", "InstanceName"});
}

std::string TokenOf(const Json& input) { return FirstText(input, {"ClientToken", "clientToken"}); }

}  // namespace instanced::cloudsim
