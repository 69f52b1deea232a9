#include <uv.h>
#include <sys/prctl.h>

// prctl is variadic, which Swift can't call.
static inline void reactor_name_thread(const char *name) { prctl(PR_SET_NAME, name); }
