// A location that keeps something made of the secret in the secret's place: `as: ses-smtp-password`.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "rotation/ports.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

// What every kind takes beside its own settings: `as`, and `as_region` where the kind has no `region` of its own.
[[nodiscard]] std::span<const Setting> derivation_settings();
void check_derivation(const rotation::LocationSpec& spec, Findings& findings);
// `place` itself where the spec asks for nothing else.
[[nodiscard]] std::unique_ptr<rotation::Location> derived(const rotation::LocationSpec& spec,
                                                          std::unique_ptr<rotation::Location> place);

// The password with which the key's id signs in to the SMTP server of Amazon SES in that region. Source: Amazon SES
// developer guide, "Obtaining Amazon SES SMTP credentials": HMAC-SHA256 over the date 11111111, the region, ses,
// aws4_request and SendRawEmail, behind a version byte 4, in base64.
[[nodiscard]] rotation::SecretAccessKey ses_smtp_password(const rotation::SecretAccessKey& secret,
                                                          std::string_view region);

}  // namespace secrets_adapters
