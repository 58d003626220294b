#include "controller/http/tls_context.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/buffer.hpp>

namespace instanced {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::unexpected<Error> Refuse(std::string_view what, const error_code& error) {
  return Fail(ErrorClass::kValidation, "InvalidTlsOptions",
              "cannot use " + std::string(what) + ": " + error.message());
}

error_code Trust(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (options.ca_pem.empty() && options.ca_file.empty()) context.set_default_verify_paths(error);
  if (!error && !options.ca_pem.empty())
    context.add_certificate_authority(asio::buffer(options.ca_pem), error);
  if (!error && !options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (!error && !options.extra_ca_pem.empty())
    context.add_certificate_authority(asio::buffer(options.extra_ca_pem), error);
  return error;
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

Result<std::unique_ptr<ssl::context>> MakeTlsContext(const TlsOptions& options) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->set_verify_mode(ssl::verify_peer);
  static constexpr unsigned char kAlpn[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context->native_handle(), kAlpn, sizeof kAlpn - 1);
  if (const auto error = Trust(*context, options)) return Refuse("the trusted certificates", error);
  if (options.client_cert_pem.empty() != options.client_key_pem.empty())
    return Fail(ErrorClass::kValidation, "InvalidTlsOptions",
                "cannot use a client certificate without its key, or a key alone");
  if (options.client_cert_pem.empty()) return context;
  error_code error;
  context->use_certificate_chain(asio::buffer(options.client_cert_pem), error);
  if (error) return Refuse("the client certificate", error);
  context->use_private_key(asio::buffer(options.client_key_pem), ssl::context::pem, error);
  if (error) return Refuse("the client key", error);
  return context;
}

bool ExpectServer(SSL* ssl, const std::string& name) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (IsAddress(name)) return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

}  // namespace instanced
