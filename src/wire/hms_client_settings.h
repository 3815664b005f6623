// How a client reaches a metastore that wants TLS, a password, a token or HTTP: Hive's own keys for clients, from a hive-site.xml, from
// the options of a catalog or from flags.
//
// Passwords are never values of such a setting: they come from a file that only its owner can read
// (metastore.client.plain.password-file), from a hive-site.xml (there, as in Hive, under the user's own name as key), or from the
// environment (TARN_METASTORE_PASSWORD; a JWT from HMS_JWT, as in Hive, or from metastore.client.jwt-file).
// Threads: pure functions (they read files and the environment). Errors: kInvalidSql, kNotSupported and kDenied name the key.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wire/hms_client.h"

namespace tarn::wire {

// A key that ClientOptions understands, with or without "hive." before it.
bool IsClientSetting(std::string_view key);
// Every key that it understands, without "hive.", with what it means, for --help and option lists.
struct ClientSetting { const char* key; const char* description; };
const std::vector<ClientSetting>& ClientSettings();

// Whoever names the metastore in SQL may not have the process's own secrets sent there.
enum class Secrets : uint8_t { kEnvironmentToo, kSettingsOnly };
// Keys may be of both forms ("hive.metastore.x" and "metastore.x"); others are passed over, but for the password under the user's name.
Result<HmsClientOptions> ClientOptions(const std::map<std::string, std::string>& settings, Secrets secrets = Secrets::kEnvironmentToo);

// As --user and --password-file say it: PLAIN when there is a password (in the file or the environment), else a name for set_ugi.
void AddUser(const std::string& user, const std::string& password_file, std::map<std::string, std::string>* settings);

// Whom set_ugi names when nothing else does: HADOOP_USER_NAME, else the process's user, as Hadoop's clients do.
std::string DefaultUser();

}  // namespace tarn::wire
