// What must not be shown: values under names of passwords, tokens and keys, and secrets within texts of others (URLs, headers).
// Threads: pure functions. Names: as Flink's GlobalConfiguration.isSensitive, and Hadoop's and LDAP's.
#pragma once

#include <string>
#include <string_view>

namespace tarn {

// "sasl.password", "fs.s3a.secret.key", "jaas.config", ...: the value under this name is a secret.
bool NamesSecret(std::string_view key);

// The text with "***" for passwords in URLs (//user:password@), for values of secret parameters (sig=..., password=...) and for what follows
// "Bearer" or "Basic". Every line of the log goes through it; errors of foreign libraries should.
std::string HideSecrets(std::string_view text);

}  // namespace tarn
