// The verbs of `tarn`; each gets what follows its name and returns the exit code. Errors are said on standard error.
#pragma once

#include "app/arguments.h"
#include "base/log.h"
#include "session/session.h"

namespace tarn::app {

inline constexpr const char* kVersion = "0.1.0";

int RunServer(int argc, char** argv);
int RunSql(int argc, char** argv);
int RunJob(int argc, char** argv);
int RunDoctor(int argc, char** argv);
int RunMetastore(int argc, char** argv);   // becomes tarn-metastore
int RunBench(int argc, char** argv);
int RunSearch(int argc, char** argv);

// What all of them share: says the error, returns 1 (2: the command line).
int Fail(const Status& error, int code = 1);
Result<std::unique_ptr<session::Engine>> StartEngine(const config::ServerConfig& config, const std::string& data_dir, const std::string& metastore_uri, bool recover);
Status SetUpLogFrom(const config::ServerConfig& config, LogLevel least_on_stderr);

}  // namespace tarn::app
