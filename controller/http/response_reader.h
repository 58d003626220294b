// Reads one response off a connection with Beast's parser and our bounds. Internal to this room.
#pragma once

#include <utility>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "controller/http/connection.h"
#include "controller/http/http_client.h"
#include "controller/task/task.h"

namespace instanced {

// A body kept in a string that grows with what arrived, not with what was announced.
struct ArrivedBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(boost::beast::http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& error) {
      error = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
      error = {};
      std::size_t size = 0;
      for (const auto part : boost::beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(part.data()), part.size());
        size += part.size();
      }
      return size;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

enum class BodyRule { kByHeader, kNone };  // kNone: the answer to HEAD and CONNECT

struct ResponseBounds {
  std::uint32_t header_bytes_max = 0;
  std::optional<std::uint64_t> body_bytes_max;  // no bound for streams
};

class ResponseReader {
 public:
  ResponseReader(BodyRule rule, ResponseBounds bounds);
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  enum class Until { kHead, kSomeBody, kEnd };
  // Reads until the goal or the end of the message. Failures carry Reach::kUnknown.
  // The reader must outlive the task.
  Task<std::expected<void, HttpError>> Read(std::shared_ptr<HttpConnection> connection, Until goal);

  int status() const;
  HttpHeaders TakeHeaders() const;
  std::string TakeBody();
  bool is_done() const { return parser_->is_done(); }
  // Whether the connection may carry another request.
  bool keep_alive() const { return parser_->is_done() && parser_->keep_alive(); }

 private:
  using Parser = boost::beast::http::response_parser<ArrivedBody>;
  enum class Step { kAgain, kNeedInput };
  void Restart();
  bool Reached(Until goal) const;
  std::expected<Step, HttpError> Parse(boost::beast::flat_buffer& input);
  std::expected<void, HttpError> AtEnd(HttpConnection& connection,
                                       const boost::system::error_code& error);

  BodyRule rule_;
  ResponseBounds bounds_;
  std::optional<Parser> parser_;
  int interim_left_ = 8;
};

}  // namespace instanced
