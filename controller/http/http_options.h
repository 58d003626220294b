// What an HTTP client instance is built from; free of any library's types.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "controller/clock/clock.h"
#include "controller/http/proxy.h"

namespace instanced {

// Whom to trust and who we are. Names and chains are always verified.
struct TlsOptions {
  std::string ca_pem = {};           // when not empty, only these are trusted
  std::string ca_file = {};          // likewise, as a file; both may be given
  std::string extra_ca_pem = {};     // trusted beside the above or the system's own
  std::string client_cert_pem = {};  // certificate chain, leaf first; with client_key_pem
  std::string client_key_pem = {};
  std::string server_name = {};  // expected in place of the origin's host; empty: the host
  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

struct HttpClientOptions {
  Duration connect_timeout = std::chrono::seconds(10);  // look-up to finished TLS handshake
  Duration idle_timeout = std::chrono::seconds(30);     // a pooled connection's longest rest
  std::size_t idle_per_origin_max = 512;
  std::uint32_t header_bytes_max = 64 * 1024;
  std::uint64_t body_bytes_max = 16 * 1024 * 1024;
  TlsOptions tls;
  ProxySettings proxy;
};

}  // namespace instanced
