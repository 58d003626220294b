#include "tests/cloudsim/api/render.h"

#include <algorithm>
#include <cctype>

namespace instanced::cloudsim {
namespace {

constexpr const char* kNone = "\xe6\x97\xa0";
constexpr const char* kStsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

std::string Upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void Element(std::string& out, const std::string& name, const Json& json);

void Members(std::string& out, const Json& json) {
  for (const auto& [name, value] : json.items()) Element(out, name, value);
}

// "Instances":[...] becomes <Instances><Instance/></Instances>; "User":[...] repeats <User/>.
void List(std::string& out, const std::string& name, const Json& json) {
  const bool plural = name.ends_with('s');
  const std::string item = plural ? name.substr(0, name.size() - 1) : name;
  if (plural) out += "<" + name + ">";
  for (const Json& value : json) Element(out, item, value);
  if (plural) out += "</" + name + ">";
}

void Element(std::string& out, const std::string& name, const Json& json) {
  if (json.is_array()) return List(out, name, json);
  out += "<" + name + ">";
  if (json.is_object()) {
    Members(out, json);
  } else if (json.is_string()) {
    out += Escape(json.get<std::string>());
  } else if (!json.is_null()) {
    out += json.dump();
  }
  out += "</" + name + ">";
}

Answer AwsStsDone(const Route& route, const Done& done, const std::string& request_id) {
  std::string body;
  Element(body, route.operation + "Result", done.body);
  const std::string open = "<" + route.operation + "Response xmlns=\"" + kStsNamespace + "\">";
  return {200,
          {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", request_id}},
          open + body + "<ResponseMetadata><RequestId>" + request_id +
              "</RequestId></ResponseMetadata></" + route.operation + "Response>"};
}

Answer AwsStsRefusal(const Refusal& refusal, const std::string& request_id) {
  const Json error = {{"Error",
                       {{"Type", refusal.status >= 500 ? "Receiver" : "Sender"},
                        {"Code", refusal.code},
                        {"Message", refusal.message}}},
                      {"RequestId", request_id}};
  return {refusal.status,
          {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", request_id}},
          ToXml("ErrorResponse", error)};
}

Answer AwsRefusal(const Route& route, const Refusal& refusal, const std::string& form,
                  const std::string& request_id) {
  Answer answer{
      refusal.status, {{"Content-Type", "application/json"}, {"x-amzn-RequestId", request_id}}, ""};
  const char* member = route.service == Service::kConnect ? "Message" : "message";
  Json body = {{member, refusal.message}};
  const std::string space =
      std::string("com.amazonaws.") + ServiceName(route.service) + "#" + refusal.code;
  if (form == "body-only") {
    body["__type"] = space;
  } else if (form == "type-uri") {
    answer.headers.emplace_back("x-amzn-ErrorType",
                                refusal.code + ":http://internal.amazon.com/coral/simulated/");
  } else {
    answer.headers.emplace_back("x-amzn-ErrorType", form == "namespaced" ? space : refusal.code);
  }
  answer.body = body.dump();
  return answer;
}

Answer AlibabaAnswer(const Route& route, int status, const std::string& root, const Json& body) {
  const bool xml = route.form == BodyForm::kXml;
  return {status,
          {{"Content-Type", xml ? "text/xml;charset=utf-8" : "application/json;charset=utf-8"},
           {"x-acs-request-id", body.value("RequestId", body.value("requestId", ""))}},
          xml ? ToXml(root, body) : body.dump()};
}

Answer AlibabaDone(const Route& route, const Done& done, const Settings& settings,
                   const std::string& request_id) {
  Json body = done.body;
  body["RequestId"] = Upper(request_id);
  if (route.service != Service::kAlibabaSts) {
    body["HttpStatusCode"] = 200;
    body["Code"] = "OK";
    body["Message"] = route.service == Service::kCcc ? kNone : "Success";
    body["Success"] = true;
  }
  if (settings.alibaba_scalars == "strings") body = WithStringScalars(body);
  return AlibabaAnswer(route, 200, route.operation + "Response", body);
}

Answer AlibabaRefusal(const Route& route, const Refusal& refusal, const Settings& settings,
                      const std::string& request_id) {
  const std::string id = Upper(request_id);
  if (settings.alibaba_error_keys == "lower") {
    const Json body = {{"requestId", id}, {"code", refusal.code}, {"message", refusal.message}};
    return AlibabaAnswer(route, refusal.status, "Error", body);
  }
  const Json body = {
      {"RequestId", id},
      {"HostId", std::string(ServiceName(route.service)) + ".cn-shanghai.aliyuncs.com"},
      {"Code", refusal.code},
      {"Message", refusal.message},
      {"Recommend", "https://error-center.aliyun.com/status/search?Keyword=" + refusal.code}};
  return AlibabaAnswer(route, refusal.status, "Error", body);
}

}  // namespace

std::string ToXml(const std::string& root, const Json& json) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  Element(out, root, json);
  return out;
}

Answer RenderDone(const Route& route, const Done& done, const Settings& settings,
                  const std::string& request_id) {
  if (route.protocol == Protocol::kAwsQuery) return AwsStsDone(route, done, request_id);
  if (route.protocol == Protocol::kRpc) return AlibabaDone(route, done, settings, request_id);
  return {200,
          {{"Content-Type", "application/json"}, {"x-amzn-RequestId", request_id}},
          done.body.is_null() ? "" : done.body.dump()};
}

Answer RenderRefusal(const Route& route, const Refusal& refusal, const Settings& settings,
                     const std::string& form, const std::string& request_id) {
  if (route.protocol == Protocol::kAwsQuery) return AwsStsRefusal(refusal, request_id);
  if (route.protocol == Protocol::kRpc) {
    return AlibabaRefusal(route, refusal, settings, request_id);
  }
  return AwsRefusal(route, refusal, form.empty() ? settings.aws_error_form : form, request_id);
}

Answer RenderHtmlError(const Refusal& refusal) {
  return {refusal.status,
          {{"Content-Type", "text/html"}},
          "<html><head><title>" + std::to_string(refusal.status) + "</title></head><body><h1>" +
              Escape(refusal.message) + "</h1></body></html>"};
}

Answer RenderXmlError(const Refusal& refusal, const std::string& request_id) {
  return {refusal.status,
          {{"Content-Type", "text/xml;charset=utf-8"}},
          ToXml("Error", {{"RequestId", Upper(request_id)},
                          {"HostId", "simulated.aliyuncs.com"},
                          {"Code", refusal.code},
                          {"Message", refusal.message}})};
}

Answer RenderErrorIn200(const Route& route, const Refusal& refusal, const std::string& request_id) {
  if (route.protocol != Protocol::kRpc) {
    return {200,
            {{"Content-Type", "application/json"}, {"x-amzn-RequestId", request_id}},
            Json{{"__type", refusal.code}, {"message", refusal.message}}.dump()};
  }
  return AlibabaAnswer(route, 200, route.operation + "Response",
                       {{"RequestId", Upper(request_id)},
                        {"HttpStatusCode", refusal.status},
                        {"Code", refusal.code},
                        {"Message", refusal.message},
                        {"Success", false}});
}

Json WithStringScalars(const Json& json) {
  if (json.is_boolean() || json.is_number()) return json.dump();
  Json out = json;
  if (out.is_structured()) {
    for (Json& value : out) value = WithStringScalars(value);
  }
  return out;
}

Json WithState(const Json& json, const std::string& state) {
  if (!json.is_structured()) return json;
  Json out = json;
  if (out.is_array()) {
    for (Json& value : out) value = WithState(value, state);
    return out;
  }
  for (auto& [name, value] : out.items()) {
    const bool is_state = name == "Status" || name == "state" || name == "InstanceStatus";
    value = is_state && value.is_string() ? Json(state) : WithState(value, state);
  }
  return out;
}

}  // namespace instanced::cloudsim
