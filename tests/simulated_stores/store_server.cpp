#include "simulated_stores/store_server.hpp"

#include <algorithm>

namespace simulated_stores {
StoreServer::StoreServer(std::uint16_t port) {
  front_.emplace(port, [this](const Request& request, std::uint64_t, simulated_cloud::Delivery& delivery) {
    return serve(request, delivery);
  });
}

StoreServer::~StoreServer() { stop(); }

void StoreServer::stop() {
  if (front_) front_->stop();
}

std::string StoreServer::url() const { return "http://127.0.0.1:" + std::to_string(front_->port()); }

void StoreServer::trouble(Trouble next) {
  const std::lock_guard lock(mutex_);
  troubles_.push_back(std::move(next));
}

std::vector<Seen> StoreServer::seen() {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::vector<std::string> StoreServer::odd() {
  const std::lock_guard lock(mutex_);
  return odd_;
}

Reply StoreServer::refuse_as_odd(std::string what) {
  odd_.push_back(what);
  return json(400, {{"message", std::move(what)}});
}

std::optional<Trouble> StoreServer::struck(const Request& request, std::string_view path) {
  for (auto at = troubles_.begin(); at != troubles_.end(); ++at) {
    const bool fits = (at->method.empty() || at->method == request.method) && path.starts_with(at->path_prefix);
    if (!fits) continue;
    if (at->skip > 0) {
      --at->skip;
      continue;
    }
    Trouble found = *at;
    if (--at->count == 0) troubles_.erase(at);
    return found;
  }
  return std::nullopt;
}

Reply StoreServer::serve(const Request& request, simulated_cloud::Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  const auto trouble = struck(request, path);
  using Kind = Trouble::Kind;
  const bool refused = trouble && (trouble->kind == Kind::refuse_before || trouble->kind == Kind::refuse_after);
  const bool idle = trouble && (trouble->kind == Kind::refuse_before || trouble->kind == Kind::drop_request);
  if (trouble && trouble->kind == Kind::act_before) trouble->act();
  Reply reply;
  if (!idle) reply = answer(request, path, query);
  if (refused) reply = {.status = trouble->status, .headers = trouble->headers, .body = trouble->body};
  if (trouble && (trouble->kind == Kind::drop_request || trouble->kind == Kind::drop_reply)) {
    delivery.how = simulated_cloud::Delivery::How::nothing;
  }
  seen_.push_back({.method = request.method,
                   .path = std::string(path),
                   .query = std::string(query),
                   .body = request.body,
                   .status = reply.status});
  return reply;
}

Reply StoreServer::json(int status, const Json& body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
}

std::string StoreServer::decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

std::optional<std::string> StoreServer::query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t equals = pair.find('=');
    if (decoded(pair.substr(0, equals)) == name) {
      return equals == std::string_view::npos ? std::string{} : decoded(pair.substr(equals + 1));
    }
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return std::nullopt;
}

}  // namespace simulated_stores
