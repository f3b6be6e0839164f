#include "server.hpp"

#include "http_front.hpp"
#include "metadata.hpp"

namespace simulated_cloud {

struct Server::Parts {
  explicit Parts(const ServerOptions& options)
      : cloud(options.clock, options.seed),
        front(options.port, [this](const Request& request, std::uint64_t connection, Delivery& delivery) {
          if (request.target.starts_with("/_control/")) return answer_control(cloud, request);
          if (auto reply = cloud.with([&](World& world) { return answer_metadata(world, request); })) return *reply;
          return cloud.answer(request, connection, delivery);
        }) {}
  Cloud cloud;
  HttpFront front;
};

Server::Server(const ServerOptions& options) : parts_(std::make_unique<Parts>(options)) {}

Server::~Server() { stop(); }

std::uint16_t Server::port() const { return parts_->front.port(); }

std::string Server::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

Cloud& Server::cloud() { return parts_->cloud; }

void Server::stop() {
  parts_->cloud.hurry();
  parts_->front.stop();
}

}  // namespace simulated_cloud
