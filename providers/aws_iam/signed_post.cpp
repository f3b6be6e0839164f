#include "providers/aws_iam/signed_post.hpp"

#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

void add_headers(http::Request& out, const Post& post, const calling::Credentials* credentials, rotation::Time at,
                 SigningKey& key) {
  out.headers.emplace_back("Content-Type", post.content_type);
  if (!post.target.empty()) out.headers.emplace_back("X-Amz-Target", post.target);
  if (credentials == nullptr) return;
  const auto url = http::parse_url(post.endpoint.url);
  KEYBATON_ASSERT(url.has_value());
  ToSign request{.host = url->authority(),
                 .headers = {{"content-type", post.content_type}},
                 .body = out.body.view(),
                 .region = post.endpoint.signing_region,
                 .service = std::string{service_name(post.service)},
                 .at = at};
  if (!post.target.empty()) request.headers.emplace_back("x-amz-target", post.target);
  const auto* token = credentials->token_or_null();
  auto signature = sign(request, credentials->id, credentials->secret, token, key);
  rotation::wipe(signature.canonical_request);
  out.headers.emplace_back("X-Amz-Date", signature.amz_date);
  if (token) token->expose([&](auto text) { out.headers.emplace_back("X-Amz-Security-Token", std::string{text}); });
  out.headers.emplace_back("Authorization", signature.authorization);
}

}  // namespace aws_iam
