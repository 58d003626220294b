#include "controller/http/response_reader.h"

#include <boost/asio/error.hpp>

namespace instanced {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::unexpected<HttpError> Broken(HttpFailure failure, std::string message) {
  return std::unexpected(HttpError{failure, Reach::kUnknown, std::move(message)});
}

bool IsTooLarge(const error_code& error) {
  return error == http::error::header_limit || error == http::error::body_limit ||
         error == http::error::buffer_overflow;
}

std::string AbortMessage(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kStopped:
      return "cannot read answer: asked to stop";
    case HttpFailure::kDeadline:
      return "cannot read answer: deadline passed";
    default:
      return "cannot read answer: timed out";
  }
}

}  // namespace

ResponseReader::ResponseReader(BodyRule rule, ResponseBounds bounds)
    : rule_(rule), bounds_(bounds) {
  Restart();
}

void ResponseReader::Restart() {
  parser_.emplace();
  parser_->eager(true);
  parser_->skip(rule_ == BodyRule::kNone);
  parser_->header_limit(bounds_.header_bytes_max);
  if (bounds_.body_bytes_max) {
    parser_->body_limit(*bounds_.body_bytes_max);
  } else {
    parser_->body_limit(boost::none);
  }
}

bool ResponseReader::Reached(Until goal) const {
  if (parser_->is_done()) return true;
  switch (goal) {
    case Until::kHead:
      return parser_->is_header_done();
    case Until::kSomeBody:
      return parser_->is_header_done() && !parser_->get().body().empty();
    case Until::kEnd:
      return false;
  }
  return false;
}

std::expected<ResponseReader::Step, HttpError> ResponseReader::Parse(
    boost::beast::flat_buffer& input) {
  error_code error;
  const std::size_t used = parser_->put(input.data(), error);
  input.consume(used);
  if (error == http::error::need_more) return Step::kNeedInput;
  if (IsTooLarge(error))
    return Broken(HttpFailure::kTooLarge, "cannot read answer: " + error.message());
  if (error) return Broken(HttpFailure::kMalformed, "cannot read answer: " + error.message());
  if (!parser_->is_done() || status() / 100 != 1) {
    return used == 0 ? Step::kNeedInput : Step::kAgain;
  }
  if (status() == 101 || --interim_left_ < 0)
    return Broken(HttpFailure::kMalformed, "cannot read answer: unexpected interim answers");
  Restart();
  return Step::kAgain;
}

std::expected<void, HttpError> ResponseReader::AtEnd(HttpConnection& connection,
                                                     const error_code& error) {
  if (connection.aborted())
    return Broken(*connection.aborted(), AbortMessage(*connection.aborted()));
  if (error == boost::asio::error::eof && parser_->got_some()) {
    error_code cut;
    parser_->put_eof(cut);
    if (!cut && parser_->is_done()) return {};
  }
  return Broken(HttpFailure::kClosed, "cannot read answer: connection closed before its end");
}

Task<std::expected<void, HttpError>> ResponseReader::Read(
    std::shared_ptr<HttpConnection> connection, Until goal) {
  auto& input = connection->input();
  Step step = input.size() > 0 ? Step::kAgain : Step::kNeedInput;
  while (!Reached(goal)) {
    if (step == Step::kAgain && input.size() > 0) {
      auto parsed = Parse(input);
      if (!parsed) co_return std::unexpected(std::move(parsed.error()));
      step = *parsed;
      continue;
    }
    // Only an unfinished line is left unparsed; a chunk's own header line has no other bound.
    if (input.size() > bounds_.header_bytes_max)
      co_return Broken(HttpFailure::kTooLarge, "cannot read answer: line over its bound");
    const Completion<IoResult> reading = connection->Read();
    const IoResult read = co_await reading;
    if (read.error) co_return AtEnd(*connection, read.error);
    step = Step::kAgain;
  }
  co_return std::expected<void, HttpError>{};
}

int ResponseReader::status() const { return static_cast<int>(parser_->get().result_int()); }

HttpHeaders ResponseReader::TakeHeaders() const {
  HttpHeaders headers;
  for (const auto& field : parser_->get())
    headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return headers;
}

std::string ResponseReader::TakeBody() { return std::exchange(parser_->get().body(), {}); }

}  // namespace instanced
