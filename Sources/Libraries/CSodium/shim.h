#include <sodium.h>
#include <sys/prctl.h>

// prctl is variadic, which Swift can't call.
static inline int secrets_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
