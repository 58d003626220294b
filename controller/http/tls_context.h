// The client's one TLS context: TLS 1.2 or newer, chain and name verified. Internal to this room.
#pragma once

#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "api/error/error.h"
#include "controller/http/http_options.h"

namespace instanced {

// Fails with Validation when a certificate or key cannot be read; the key is never quoted.
Result<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsOptions& options);

// Sets server name indication and the name to be verified on one connection.
bool ExpectServer(SSL* ssl, const std::string& name);

}  // namespace instanced
