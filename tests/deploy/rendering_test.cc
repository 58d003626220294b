// Every way to install it, held to the same promises: what runs, with which rights over its node,
// who reaches it, and how long it may take to leave.
#include "tests/deploy/rendering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <ostream>
#include <set>

namespace instanced::deploy {
namespace {

constexpr auto kMonitored = R"(
monitor: {kind: ServiceMonitor}
prometheusRule: {enabled: true}
dashboards: {enabled: true}
)";

struct Way {
  std::string name;
  std::string kustomization;  // empty: the chart
  std::string values;
  Engine engine = Engine::kOwn;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

const Way kWays[]{
    {"ChartByDefault", "", ""},
    {"ChartForOneNamespace", "", "scope: Namespace\ncredentialSecrets: [{names: [cloud]}]\n"},
    {"ChartMonitored", "", kMonitored},
    {"ChartWithPodMonitor", "", "monitor: {kind: PodMonitor}\n"},
    {"ChartWithALongDrain", "", "drainSeconds: 90\nreplicas: 1\n"},
    {"HelmByDefault", "", "", Engine::kHelm},
    {"ChartSharded", "", "sharding: {enabled: true}\nreplicas: 3\n"},
    {"KustomizeSharded", "overlays/sharded", ""},
    {"KustomizeCluster", "overlays/cluster", ""},
    {"KustomizeNamespace", "overlays/namespace", ""},
};

class Installation : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    const auto& way = GetParam();
    const bool chart = way.kustomization.empty();
    if (chart ? !Has(way.engine) : !HasKubectl()) GTEST_SKIP() << "no program to render it";
    const auto said = chart ? RenderChart(way.engine, way.values, "instanced-system")
                            : Kustomize(way.kustomization);
    ASSERT_TRUE(said.good) << said.text;
    objects_ = ReadObjects(said.text);
    deployment_ = TheOnly(objects_, "Deployment");
    pod_ = deployment_.at("spec").at("template").at("spec");
    labels_ = deployment_.at("spec").at("template").at("metadata").at("labels");
  }
  void ExpectSelects(const Json& selector) const {
    for (const auto& [label, value] : selector.items()) {
      EXPECT_EQ(labels_.value(label, ""), value) << label;
    }
    EXPECT_FALSE(selector.empty());
  }
  // The Prometheus Operator's own schemas are in no Debian package: of its API reference
  // (monitoring.coreos.com/v1) what these objects use, with every other field refused.
  void ExpectMonitorSpec(const Json& spec, const std::string& endpoints) const {
    const std::set<std::string> known{"jobLabel", "selector", endpoints};
    for (const auto& [field, value] : spec.items()) EXPECT_TRUE(known.contains(field)) << field;
    EXPECT_TRUE(spec.at("jobLabel").is_string());
    EXPECT_TRUE(spec.at("selector").at("matchLabels").is_object());
    ASSERT_FALSE(spec.at(endpoints).empty());
    for (const auto& endpoint : spec.at(endpoints)) {
      for (const auto& [field, value] : endpoint.items()) {
        const bool ours = field == "port" || field == "path" || field == "interval";
        EXPECT_TRUE(ours && value.is_string()) << field;
      }
      EXPECT_EQ(PortNamed(endpoint.at("port")), 8080);
      const std::string interval = endpoint.at("interval");
      int seconds = 0;
      const auto read =
          std::from_chars(interval.data(), interval.data() + interval.size(), seconds);
      EXPECT_TRUE(seconds > 0 && std::string_view(read.ptr) == "s") << interval;
    }
  }
  int PortNamed(const Json& name) const {
    const Json container = Container(objects_);
    for (const auto& port : container.at("ports")) {
      if (port.at("name") == name) return port.at("containerPort");
    }
    ADD_FAILURE() << "no port " << name;
    return 0;
  }
  Objects objects_;
  Json deployment_, pod_, labels_;
};

INSTANTIATE_TEST_SUITE_P(Ways, Installation, testing::ValuesIn(kWays),
                         [](const auto& way) { return way.param.name; });

TEST_P(Installation, BringsEveryKindAndNamesEachObjectOnce) {
  EXPECT_EQ(OfKind(objects_, "CustomResourceDefinition").size(), 6u);

  std::set<std::string> names;
  for (const auto& object : objects_) {
    const auto& meta = object.at("metadata");
    const auto name = object.at("kind").get<std::string>() + "/" + meta.value("namespace", "") +
                      "/" + meta.at("name").get<std::string>();
    EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
  }
}

TEST_P(Installation, RunsWithoutRightsOverItsNode) {
  const Json pod_context = pod_.at("securityContext");
  EXPECT_EQ(pod_context.at("runAsNonRoot"), true);
  EXPECT_EQ(pod_context.at("runAsUser"), 65532);
  EXPECT_EQ(pod_context.at("seccompProfile").at("type"), "RuntimeDefault");
  for (const auto* shared : {"hostNetwork", "hostPID", "hostIPC"}) {
    EXPECT_FALSE(pod_.value(shared, false)) << shared;
  }
  for (const auto& volume : pod_.at("volumes")) EXPECT_FALSE(volume.contains("hostPath"));

  const Json context = Container(objects_).at("securityContext");
  EXPECT_EQ(context.at("readOnlyRootFilesystem"), true);
  EXPECT_EQ(context.at("allowPrivilegeEscalation"), false);
  EXPECT_EQ(context.at("capabilities"), Json({{"drop", {"ALL"}}}));
}

TEST_P(Installation, HasBoundsAndProbes) {
  const Json container = Container(objects_);
  EXPECT_TRUE(container.at("resources").at("requests").contains("cpu"));
  EXPECT_TRUE(container.at("resources").at("requests").contains("memory"));
  EXPECT_TRUE(container.at("resources").at("limits").contains("memory"));
  for (const auto* probe : {"startupProbe", "livenessProbe", "readinessProbe"}) {
    const Json get = container.at(probe).at("httpGet");
    EXPECT_EQ(get.at("path"), probe == std::string("readinessProbe") ? "/readyz" : "/healthz");
    EXPECT_EQ(":" + std::to_string(PortNamed(get.at("port"))),
              Argument(objects_, "health-address"));
  }
}

TEST_P(Installation, LeavesTenSecondsMoreThanTheDrainTime) {
  const auto drain = Argument(objects_, "drain-timeout");
  int seconds = 0;
  const auto read = std::from_chars(drain.data(), drain.data() + drain.size(), seconds);
  ASSERT_EQ(std::string(read.ptr), "s") << drain;

  EXPECT_EQ(pod_.at("terminationGracePeriodSeconds"), seconds + 10);
}

TEST_P(Installation, StateHasAWritablePlaceOfItsOwn) {
  const Json mounts = Container(objects_).at("volumeMounts");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts.at(0).at("mountPath"), "/var/lib/instanced");
  EXPECT_EQ(pod_.at("volumes").at(0).at("name"), mounts.at(0).at("name"));
  EXPECT_TRUE(pod_.at("volumes").at(0).contains("emptyDir"));
}

TEST_P(Installation, EverySelectorMeansThisPod) {
  ExpectSelects(deployment_.at("spec").at("selector").at("matchLabels"));
  ExpectSelects(TheOnly(objects_, "Service").at("spec").at("selector"));
  for (const auto* kind : {"PodDisruptionBudget", "ServiceMonitor", "PodMonitor"}) {
    for (const auto& object : OfKind(objects_, kind)) {
      const Json selector = object.at("spec").at("selector").at("matchLabels");
      if (kind == std::string("ServiceMonitor")) {
        const Json service = TheOnly(objects_, "Service").at("metadata").at("labels");
        for (const auto& [label, value] : selector.items()) EXPECT_EQ(service.at(label), value);
      } else {
        ExpectSelects(selector);
      }
    }
  }
  EXPECT_EQ(TheOnly(objects_, "PodDisruptionBudget").at("spec").at("maxUnavailable"), 1);
}

TEST_P(Installation, MonitorsAreWhatThePrometheusOperatorReads) {
  for (const auto& [kind, endpoints] :
       {std::pair<std::string, std::string>{"ServiceMonitor", "endpoints"},
        {"PodMonitor", "podMetricsEndpoints"}}) {
    for (const auto& object : OfKind(objects_, kind)) {
      EXPECT_EQ(object.at("apiVersion"), "monitoring.coreos.com/v1");
      ExpectMonitorSpec(object.at("spec"), endpoints);
    }
  }
  for (const auto& object : OfKind(objects_, "PrometheusRule")) {
    EXPECT_EQ(object.at("apiVersion"), "monitoring.coreos.com/v1");
    EXPECT_EQ(object.at("spec").size(), 1u);
    std::set<std::string> names;
    for (const auto& group : object.at("spec").at("groups")) {
      EXPECT_TRUE(names.insert(group.at("name")).second) << "twice: " << group.at("name");
      for (const auto& rule : group.at("rules")) {
        EXPECT_NE(rule.contains("alert"), rule.contains("record"));
        EXPECT_TRUE(rule.at("expr").is_string());
      }
    }
  }
}

TEST_P(Installation, OnlyMetricsCanBeReachedFromOtherPods) {
  const Json spec = TheOnly(objects_, "NetworkPolicy").at("spec");
  ExpectSelects(spec.at("podSelector").at("matchLabels"));
  EXPECT_EQ(spec.at("policyTypes"), Json({"Ingress", "Egress"}));
  for (const auto& rule : spec.at("ingress")) {
    EXPECT_FALSE(rule.at("from").empty()) << "anybody";
    EXPECT_EQ(rule.at("ports"), Json::array({{{"protocol", "TCP"}, {"port", 8080}}}));
  }
  EXPECT_EQ(Argument(objects_, "metrics-address"), ":8080");
}

// Those of docs/credentials.md: EC2, ECS and Pod Identity of AWS over IPv4 and IPv6, ECS of
// Alibaba.
TEST_P(Installation, EveryCredentialEndpointCanBeReached) {
  std::set<std::string> reached;
  const Json policy = TheOnly(objects_, "NetworkPolicy");
  for (const auto& rule : policy.at("spec").at("egress")) {
    if (!rule.contains("to")) continue;
    EXPECT_EQ(rule.at("ports"), Json::array({{{"protocol", "TCP"}, {"port", 80}}}));
    for (const auto& peer : rule.at("to")) reached.insert(peer.at("ipBlock").at("cidr"));
  }
  EXPECT_EQ(reached,
            (std::set<std::string>{"100.100.100.200/32", "169.254.0.0/16", "fd00:ec2::/32"}));
}

TEST_P(Installation, ServicePortsArePortsOfTheContainer) {
  const Json service = TheOnly(objects_, "Service");
  const Json ports = service.at("spec").at("ports");
  EXPECT_FALSE(ports.empty());
  for (const auto& port : ports) EXPECT_EQ(PortNamed(port.at("targetPort")), 8080);
}

std::vector<Json> Sorted(std::vector<Json> rules) {
  std::ranges::sort(rules);
  return rules;
}

// The same pod and the same rules, however they are installed.
TEST(Installations, ChartAndKustomizationsAgree) {
  if (!Has(Engine::kOwn) || !HasKubectl()) GTEST_SKIP() << "needs render_chart and kubectl";
  const std::pair<std::string, std::string> pairs[]{
      {"", "overlays/cluster"},
      {"scope: Namespace\n", "overlays/namespace"},
      {"sharding: {enabled: true}\nreplicas: 3\n", "overlays/sharded"}};
  for (const auto& [values, folder] : pairs) {
    const auto chart = ReadObjects(RenderChart(Engine::kOwn, values, "instanced-system").text);
    const auto plain = ReadObjects(Kustomize(folder).text);

    EXPECT_EQ(Container(chart), Container(plain)) << folder;
    EXPECT_EQ(Sorted(GrantedRules(chart)), Sorted(GrantedRules(plain))) << folder;
    const auto without_labels = [](const Objects& objects) {
      Json pod = TheOnly(objects, "Deployment").at("spec").at("template").at("spec");
      pod.erase("affinity");  // selects by labels, which differ
      return pod;
    };
    EXPECT_EQ(without_labels(chart), without_labels(plain)) << folder;
  }
}

TEST(Installations, SecretsAreNamedByAKustomizationAsByTheChart) {
  if (!Has(Engine::kOwn) || !HasKubectl()) GTEST_SKIP() << "needs render_chart and kubectl";
  const auto chart = ReadObjects(
      RenderChart(Engine::kOwn, "credentialSecrets: [{namespace: team-a, names: [aws, alibaba]}]\n",
                  "instanced-system")
          .text);
  auto plain = ReadObjects(Kustomize("overlays/cluster").text);
  for (auto& object : ReadObjects(Kustomize("credentials").text)) plain.push_back(object);

  EXPECT_EQ(Sorted(GrantedRules(chart)), Sorted(GrantedRules(plain)));
}

TEST(Installations, HelmSaysWhatOurRendererSays) {
  if (!Has(Engine::kOwn) || !Has(Engine::kHelm)) GTEST_SKIP() << "no Helm on this machine";
  for (const std::string values : {"", "scope: Namespace\ndrainSeconds: 7\n", kMonitored}) {
    auto ours = ReadObjects(RenderChart(Engine::kOwn, values, "here").text);
    auto helms = ReadObjects(RenderChart(Engine::kHelm, values, "here").text);
    std::ranges::sort(ours);
    std::ranges::sort(helms);
    EXPECT_EQ(ours, helms) << values;
  }
}

}  // namespace
}  // namespace instanced::deploy
