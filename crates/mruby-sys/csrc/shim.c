/* The only C of the project: what must not unwind through Rust, and what mruby's headers only offer
 * as macros or struct fields.
 *
 * mruby raises with longjmp. The rule that keeps Rust out of it: a Rust frame never lies between a
 * setjmp and its longjmp. Rust calls mruby through hj_protect alone, which catches; mruby calls a
 * method written in Rust through `trampoline`, which raises only after the Rust frame has returned.
 * The functions below that take no protection can't raise; each says why if it isn't plain.
 */
#include <string.h>
#include <mruby.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/compile.h>
#include <mruby/data.h>
#include <mruby/dump.h>
#include <mruby/error.h>
#include <mruby/gc.h>
#include <mruby/hash.h>
#include <mruby/internal.h>
#include <mruby/irep.h>
#include <mruby/numeric.h>
#include <mruby/opcode.h>
#include <mruby/proc.h>
#include <mruby/range.h>
#include <mruby/string.h>
#include <mruby/variable.h>

/* ---- the state beside mrb_state (mrb->ud) ---- */

/* What mruby keeps once per VM and each native stack needs for itself. */
struct hj_strand {
  struct hj_strand *next, *prev;    /* all strands of the VM */
  struct hj_strand *parent;         /* who runs when this one parks or ends */
  mrb_value fiber;                  /* owner of the mrb_context; nil for the main strand */
  struct mrb_context *base;         /* that context */
  /* saved while another strand runs */
  struct mrb_context *c;            /* base, or a Fiber that was resumed on it */
  struct mrb_jmpbuf *jmp;
  struct RObject *exc;
  struct RBasic **arena;
  int arena_capa, arena_idx;
  char *stack_limit;
  int64_t fuel, spent;
  int depth;
  /* how much native stack a call may use, counted from the outermost call */
  size_t stack_bytes;
};

/* Rust keeps it by value (mruby_sys::Strand). */
_Static_assert(sizeof(struct hj_strand) == 120, "STRAND_SIZE in src/lib.rs");

typedef void *hj_alloc(void *data, void *p, size_t old_size, size_t new_size);
struct hj_hooks {
  hj_alloc *alloc;
  void *alloc_data;
  void (*drop)(void *p);            /* frees the Rust half of a data object */
  int (*poll)(void *rust);          /* nonzero: stop the script */
};

struct hj_vm {
  struct hj_hooks hooks;
  void *rust;                       /* what trampolines hand to methods */
  size_t used, memory_max;          /* bytes; a maximum of 0 is none */
  int64_t fuel, spent;              /* instructions until the next look, and before it */
  int64_t budget, poll_every;       /* 0 is none */
  int depth;                        /* protected calls in progress on this strand */
  int sweeping;                     /* a Rust destructor runs inside the collector */
  struct hj_strand *current, main;
  mrb_value *roots;                 /* undef: a free slot */
  size_t roots_len, roots_capa, roots_hint;
  struct RClass *budget_exceeded, *deadline_exceeded;
};

/* The old size must be known to account for it, and Rust's allocator wants it too: it stands in
 * front of each block. */
#define HEADER 16
static void *allocf(mrb_state *mrb, void *p, size_t size, void *data) {
  struct hj_vm *vm = (struct hj_vm*)data;
  char *block = p ? (char*)p - HEADER : NULL;
  size_t old = block ? *(size_t*)block : 0, total = size ? size + HEADER : 0;
  if (total < size) return NULL;
  if (total > old && vm->memory_max && vm->used + (total - old) > vm->memory_max) return NULL;
  if (!block && !total) return NULL;
  block = (char*)vm->hooks.alloc(vm->hooks.alloc_data, block, old, total);
  if (!total) { vm->used -= old; return NULL; }
  if (!block) return NULL;
  vm->used += total - old;
  *(size_t*)block = total;
  return block + HEADER;
}

/* Called in the root and in the final (atomic) phase of marking, so neither roots nor parked stacks
 * need write barriers. */
static void mark(mrb_state *mrb, void (*mark_context)(mrb_state*, struct mrb_context*)) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  for (size_t i = 0; i < vm->roots_len; i++) {
    if (!mrb_immediate_p(vm->roots[i])) mrb_gc_mark(mrb, mrb_basic_ptr(vm->roots[i]));
  }
  for (struct hj_strand *s = &vm->main; s; s = s->next) {
    if (!mrb_nil_p(s->fiber)) mrb_gc_mark(mrb, mrb_basic_ptr(s->fiber));
    if (s == vm->current) continue;               /* its state is in mrb itself */
    for (int i = 0; i < s->arena_idx; i++) mrb_gc_mark(mrb, s->arena[i]);
    mrb_gc_mark(mrb, (struct RBasic*)s->exc);
    if (s->c) mark_context(mrb, s->c);
  }
}

/* ---- limits ---- */

static void refuel(struct hj_vm *vm) {
  int64_t next = vm->poll_every ? vm->poll_every : INT64_MAX;
  if (vm->budget && vm->budget - vm->spent < next) next = vm->budget - vm->spent;
  vm->fuel = next > 0 ? next : 1;
}

/* Once a limit is passed every second instruction raises again, so `rescue Exception; retry` gets
 * nowhere. Not every instruction: a handler must execute its first one (OP_EXCEPT) for the frame's
 * position to lie behind it, else the same handler would be found for ever. */
static void look(mrb_state *mrb, struct hj_vm *vm) {
  int64_t due = vm->poll_every ? vm->poll_every : INT64_MAX;
  if (vm->budget && vm->budget - vm->spent < due) due = vm->budget - vm->spent;
  if (due > 0) vm->spent += due;
  vm->fuel = 2;
  if (vm->budget && vm->spent >= vm->budget)
    mrb_raise(mrb, vm->budget_exceeded, "the script has used up its instructions");
  if (vm->poll_every) {
    int stop;
    vm->fuel = INT64_MAX;                       /* not asked about what the asking itself runs */
    stop = vm->hooks.poll(vm->rust);
    vm->fuel = 2;
    if (stop) mrb_raise(mrb, vm->deadline_exceeded, "the script has used up its time");
  }
  refuel(vm);
}

static void fetch(struct mrb_state *mrb, const struct mrb_irep *irep, const mrb_code *pc, mrb_value *regs) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  if (--vm->fuel <= 0) look(mrb, vm);
}

void hj_limits(mrb_state *mrb, int64_t budget, int64_t poll_every, size_t memory_max, ptrdiff_t depth_max) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  vm->budget = budget; vm->poll_every = poll_every; vm->memory_max = memory_max;
  mrb->call_depth_max = depth_max;
  mrb->code_fetch_hook = budget || poll_every ? fetch : NULL;
  refuel(vm);
}

/* ---- protection ---- */

static int protect(mrb_state *mrb, mrb_protect_error_func *body, void *data, mrb_value *out) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  mrb_bool error;
  if (vm->sweeping) { *out = mrb_obj_value(mrb->stack_err); return 1; }
  if (vm->depth++ == 0) {
    char *here = (char*)__builtin_frame_address(0);
    size_t bytes = vm->current->stack_bytes;
    mrb->native_stack_limit = (size_t)here > bytes ? here - bytes : NULL;
    vm->spent = 0;
    refuel(vm);
  }
  *out = mrb_protect_error(mrb, body, data, &error);
  vm->depth--;
  return error;
}

struct call { mrb_value recv, block; mrb_sym mid; mrb_int argc; const mrb_value *argv; };
static mrb_value do_send(mrb_state *mrb, void *p) {
  struct call *c = (struct call*)p;
  return mrb_funcall_with_block(mrb, c->recv, c->mid, c->argc, c->argv, c->block);
}
static mrb_value do_yield(mrb_state *mrb, void *p) {
  struct call *c = (struct call*)p;
  return mrb_yield_argv(mrb, c->block, c->argc, c->argv);
}
static mrb_value do_yield_self(mrb_state *mrb, void *p) {
  struct call *c = (struct call*)p;
  return mrb_yield_with_class(mrb, c->block, c->argc, c->argv, c->recv, mrb_class(mrb, c->recv));
}
/* All answer 0 with the value, or 1 with the exception (which may be a break on its way). */
int hj_send(mrb_state *mrb, mrb_value recv, mrb_sym mid, const mrb_value *argv, mrb_int argc, mrb_value block, mrb_value *out) {
  struct call c = { recv, block, mid, argc, argv };
  return protect(mrb, do_send, &c, out);
}
int hj_yield(mrb_state *mrb, mrb_value block, const mrb_value *argv, mrb_int argc, mrb_value *out) {
  struct call c = { block, block, 0, argc, argv };
  return protect(mrb, do_yield, &c, out);
}
int hj_yield_self(mrb_state *mrb, mrb_value block, mrb_value self, const mrb_value *argv, mrb_int argc, mrb_value *out) {
  struct call c = { self, block, 0, argc, argv };
  return protect(mrb, do_yield_self, &c, out);
}

/* ---- programs ---- */

/* A program is no part of whoever happens to load it: its lexical scope is the top. */
static mrb_value program(mrb_state *mrb, struct RProc *proc) {
  proc->upper = NULL;
  MRB_PROC_SET_TARGET_CLASS(proc, mrb->object_class);
  return mrb_obj_value(proc);
}

#ifndef HJ_NO_COMPILER
static mrb_noreturn void syntax_error(mrb_state *mrb, struct mrb_parser_state *p, const char *file) {
  mrb_value list = mrb_ary_new(mrb), message, exc;
  size_t n = p->nerr < 10 ? p->nerr : 10;
  for (size_t i = 0; i < n; i++) {
    struct mrb_parser_message *m = &p->error_buffer[i];
    mrb_value entry[3] = { mrb_fixnum_value(m->lineno), mrb_fixnum_value(m->column),
                           m->message ? mrb_str_new_cstr(mrb, m->message) : mrb_str_new_lit(mrb, "syntax error") };
    mrb_ary_push(mrb, list, mrb_ary_new_from_values(mrb, 3, entry));
  }
  if (n) message = mrb_format(mrb, "%s:%d: %v", file, (int)p->error_buffer[0].lineno, mrb_ary_entry(mrb_ary_entry(list, 0), 2));
  else message = mrb_format(mrb, "%s: the source can't be parsed", file);
  mrb_parser_free(p);
  exc = mrb_exc_new_str(mrb, E_SYNTAX_ERROR, message);
  mrb_iv_set(mrb, exc, mrb_intern_lit(mrb, "@details"), list);
  mrb_exc_raise(mrb, exc);
}
struct source { const char *text; size_t len; const char *file; int line; };
static mrb_value do_parse(mrb_state *mrb, void *data) {
  struct source *s = (struct source*)data;
  mrbc_context *cx = mrbc_context_new(mrb);
  struct mrb_parser_state *p;
  struct RProc *proc;
  cx->capture_errors = TRUE;
  cx->lineno = (uint16_t)s->line;
  mrbc_filename(mrb, cx, s->file);
  p = mrb_parse_nstring(mrb, s->text, s->len, cx);
  mrbc_context_free(mrb, cx);
  if (!p) mrb_exc_raise(mrb, mrb_obj_value(mrb->nomem_err));
  if (!p->tree || p->nerr) syntax_error(mrb, p, s->file);
  proc = mrb_generate_code(mrb, p);
  mrb_parser_free(p);
  if (!proc) mrb_raisef(mrb, E_SCRIPT_ERROR, "%s: the code can't be compiled (an expression is too complex)", s->file);
  return program(mrb, proc);
}
int hj_parse(mrb_state *mrb, const char *text, size_t len, const char *file, int line, mrb_value *out) {
  struct source s = { text, len, file, line };
  return protect(mrb, do_parse, &s, out);
}
#endif

struct bytes { const uint8_t *p; size_t len; };
static mrb_value do_load(mrb_state *mrb, void *data) {
  struct bytes *b = (struct bytes*)data;
  mrb_irep *irep = mrb_read_irep_buf(mrb, b->p, b->len);
  struct RProc *proc;
  if (!irep) mrb_raise(mrb, E_SCRIPT_ERROR, "this is not bytecode of this version of mruby");
  proc = mrb_proc_new(mrb, irep);
  mrb_irep_decref(mrb, irep);
  return program(mrb, proc);
}
int hj_load(mrb_state *mrb, const uint8_t *p, size_t len, mrb_value *out) {
  struct bytes b = { p, len };
  return protect(mrb, do_load, &b, out);
}
static mrb_value do_run(mrb_state *mrb, void *data) {
  return mrb_yield_with_class(mrb, *(mrb_value*)data, 0, NULL, mrb_top_self(mrb), mrb->object_class);
}
int hj_run(mrb_state *mrb, mrb_value proc, mrb_value *out) { return protect(mrb, do_run, &proc, out); }

static mrb_value do_dump(mrb_state *mrb, void *data) {
  uint8_t *bin = NULL; size_t len = 0; mrb_value str;
  if (mrb_dump_irep(mrb, mrb_proc_ptr(*(mrb_value*)data)->body.irep, MRB_DUMP_DEBUG_INFO, &bin, &len) != MRB_DUMP_OK)
    mrb_raise(mrb, E_RUNTIME_ERROR, "the program can't be written as bytecode");
  str = mrb_str_new(mrb, (char*)bin, len);
  mrb_free(mrb, bin);
  return str;
}
int hj_dump(mrb_state *mrb, mrb_value proc, mrb_value *out) { return protect(mrb, do_dump, &proc, out); }

static int mentions(const mrb_irep *irep, mrb_sym sym) {
  for (int i = 0; i < irep->slen; i++) if (irep->syms[i] == sym) return 1;
  for (int i = 0; i < irep->rlen; i++) if (mentions(irep->reps[i], sym)) return 1;
  return 0;
}
int hj_mentions(mrb_value proc, mrb_sym sym) {
  struct RProc *p = mrb_proc_ptr(proc);
  return !MRB_PROC_CFUNC_P(p) && p->body.irep && mentions(p->body.irep, sym);
}

/* ---- methods written in Rust ---- */

typedef int hj_method(void *data, void *rust, mrb_value self, const mrb_value *argv, mrb_int argc, mrb_value keywords, mrb_value block, mrb_value *out);

#define ON_STACK 16
static mrb_value trampoline(mrb_state *mrb, mrb_value self) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  mrb_callinfo *ci = mrb->c->ci;
  const mrb_value *env = MRB_PROC_ENV(ci->proc)->stack, *argv = ci->stack + 1;
  mrb_int argc = ci->n, bidx = mrb_ci_bidx(ci);
  mrb_value keywords = mrb_nil_value(), block = ci->stack[bidx], copy[ON_STACK], out = mrb_nil_value();
  if (ci->nk) {
    keywords = ci->stack[bidx - 1];
    if (!mrb_hash_p(keywords) || mrb_hash_empty_p(mrb, keywords)) keywords = mrb_nil_value();
  }
  if (argc == 15) {
    argc = RARRAY_LEN(*argv);
    argv = RARRAY_PTR(*argv);
  }
  /* The method may call back: the VM's stack moves then, and a splatted array may change. */
  if (argc <= ON_STACK) {
    memcpy(copy, argv, sizeof(mrb_value) * (size_t)argc);
    argv = copy;
  }
  else {
    argv = RARRAY_PTR(mrb_ary_new_from_values(mrb, argc, argv));
  }
  if (((hj_method*)mrb_fixnum(env[0]))((void*)mrb_fixnum(env[1]), vm->rust, self, argv, argc, keywords, block, &out))
    mrb_exc_raise(mrb, out);
  return out;
}

/* ---- operations on objects, one switch under one protection ---- */

enum hj_opcode {
  DO_INT, DO_BIGINT, DO_STR, DO_ARY, DO_ARY_PUSH, DO_ARY_SET, DO_HASH, DO_HASH_SET, DO_HASH_GET, DO_HASH_PAIRS,
  DO_HASH_DELETE, DO_RANGE, DO_INTERN, DO_IV_GET, DO_IV_SET, DO_GV_GET, DO_GV_SET, DO_CONST_GET, DO_CONST_SET,
  DO_CONST_DEFINED, DO_MODULE, DO_CLASS, DO_METHOD, DO_DATA_CLASS, DO_DATA, DO_EXC, DO_BACKTRACE, DO_INSPECT, DO_TO_S,
  DO_CLASS_NAME, DO_STRAND, DO_EQ, DO_UNDEF, DO_FREEZE, DO_CAT, DO_RANGE_PARTS, DO_SINGLETON, DO_FLOAT, DO_PROC
};
struct hj_op { int code; mrb_value a, b, c; const void *p; size_t n; mrb_sym sym; };

static int pairs(mrb_state *mrb, mrb_value key, mrb_value value, void *list) {
  int ai = mrb_gc_arena_save(mrb);
  mrb_ary_push(mrb, *(mrb_value*)list, key);
  mrb_ary_push(mrb, *(mrb_value*)list, value);
  mrb_gc_arena_restore(mrb, ai);
  return 0;
}
static void data_free(mrb_state *mrb, void *p) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  vm->sweeping++;
  vm->hooks.drop(p);
  vm->sweeping--;
}
static const struct mrb_data_type data_type = { "Rust", data_free };

/* The body of a strand's Fiber, never resumed: the strand runs calls above this frame. */
static const mrb_code idle_code[] = { OP_LOADNIL, 1, OP_RETURN, 1 };
static const mrb_irep idle = { 1, 3, 0, MRB_ISEQ_NO_FREE | MRB_IREP_NO_FREE, idle_code, NULL, NULL, NULL, NULL, NULL, sizeof idle_code, 0, 0, 0, 1 };

static struct RClass *scope_of(mrb_state *mrb, mrb_value v) { return mrb_nil_p(v) ? mrb->object_class : mrb_class_ptr(v); }

static mrb_value do_op(mrb_state *mrb, void *data) {
  struct hj_op *o = (struct hj_op*)data;
  /* What answers nothing of its own answers nil: a value would be kept until the scope ends. */
  switch (o->code) {
  case DO_INT: return mrb_int_value(mrb, (mrb_int)o->n);
  case DO_FLOAT: { double f; memcpy(&f, &o->n, sizeof f); return mrb_float_value(mrb, f); }
  case DO_BIGINT: return mrb_bint_new_str(mrb, (const char*)o->p, (mrb_int)o->n, 16);
  case DO_STR: return mrb_str_new(mrb, (const char*)o->p, o->n);
  case DO_ARY: return mrb_ary_new_from_values(mrb, (mrb_int)o->n, (const mrb_value*)o->p);
  case DO_ARY_PUSH: mrb_ary_push(mrb, o->a, o->b); break;
  case DO_ARY_SET: mrb_ary_set(mrb, o->a, (mrb_int)o->n, o->b); break;
  case DO_HASH: return mrb_hash_new_capa(mrb, (mrb_int)o->n);
  case DO_HASH_SET: mrb_hash_set(mrb, o->a, o->b, o->c); break;
  case DO_HASH_GET: return mrb_hash_fetch(mrb, o->a, o->b, mrb_undef_value());
  case DO_HASH_DELETE: return mrb_hash_delete_key(mrb, o->a, o->b);
  case DO_HASH_PAIRS: {
    mrb_value list = mrb_ary_new_capa(mrb, 2 * mrb_hash_size(mrb, o->a));
    mrb_hash_foreach(mrb, mrb_hash_ptr(o->a), pairs, &list);
    return list;
  }
  case DO_RANGE: return mrb_range_new(mrb, o->a, o->b, (mrb_bool)o->n);
  case DO_RANGE_PARTS: {
    struct RRange *r = mrb_range_ptr(mrb, o->a);
    mrb_value parts[3] = { RANGE_BEG(r), RANGE_END(r), mrb_bool_value(RANGE_EXCL(r)) };
    return mrb_ary_new_from_values(mrb, 3, parts);
  }
  case DO_INTERN: return mrb_symbol_value(mrb_intern(mrb, (const char*)o->p, o->n));
  case DO_IV_GET: return mrb_iv_get(mrb, o->a, o->sym);
  case DO_IV_SET: mrb_iv_set(mrb, o->a, o->sym, o->b); break;
  case DO_GV_GET: return mrb_gv_get(mrb, o->sym);
  case DO_GV_SET: mrb_gv_set(mrb, o->sym, o->b); break;
  case DO_CONST_GET: return mrb_const_get(mrb, mrb_obj_value(scope_of(mrb, o->a)), o->sym);
  case DO_CONST_SET: mrb_const_set(mrb, mrb_obj_value(scope_of(mrb, o->a)), o->sym, o->b); break;
  case DO_CONST_DEFINED: return mrb_bool_value(mrb_const_defined(mrb, mrb_obj_value(scope_of(mrb, o->a)), o->sym));
  case DO_MODULE: {
    if (mrb_nil_p(o->a)) return mrb_obj_value(mrb_define_module_id(mrb, o->sym));
    return mrb_obj_value(mrb_define_module_under_id(mrb, mrb_class_ptr(o->a), o->sym));
  }
  case DO_CLASS: {
    struct RClass *super = scope_of(mrb, o->b);
    if (super->tt != MRB_TT_CLASS || super == mrb->class_class) mrb_raise(mrb, E_TYPE_ERROR, "this can't be a superclass");
    if (mrb_nil_p(o->a)) return mrb_obj_value(mrb_define_class_id(mrb, o->sym, super));
    return mrb_obj_value(mrb_define_class_under_id(mrb, mrb_class_ptr(o->a), o->sym, super));
  }
  case DO_SINGLETON: return mrb_singleton_class(mrb, o->a);
  case DO_METHOD: {
    mrb_value env[2] = { mrb_fixnum_value((mrb_int)(intptr_t)o->p), mrb_fixnum_value((mrb_int)o->n) };
    struct RProc *p = mrb_proc_new_cfunc_with_env(mrb, trampoline, 2, env);
    mrb_method_t m;
    MRB_METHOD_FROM_PROC(m, p);
    mrb_define_method_raw(mrb, mrb_class_ptr(o->a), o->sym, m);
    return mrb_nil_value();
  }
  case DO_PROC: {
    mrb_value env[2] = { mrb_fixnum_value((mrb_int)(intptr_t)o->p), mrb_fixnum_value((mrb_int)o->n) };
    return mrb_obj_value(mrb_proc_new_cfunc_with_env(mrb, trampoline, 2, env));
  }
  case DO_UNDEF: mrb_undef_method_id(mrb, mrb_class_ptr(o->a), o->sym); return mrb_nil_value();
  case DO_DATA_CLASS: {
    struct RClass *c = mrb_class_ptr(o->a);
    enum mrb_vtype tt = MRB_INSTANCE_TT(c);
    if (c->tt != MRB_TT_CLASS || c == mrb->object_class || (tt != 0 && tt != MRB_TT_OBJECT && tt != MRB_TT_CDATA))
      mrb_raise(mrb, E_TYPE_ERROR, "the instances of this class can't have a native half");
    MRB_SET_INSTANCE_TT(c, MRB_TT_CDATA);
    break;
  }
  case DO_DATA: return mrb_obj_value(mrb_data_object_alloc(mrb, mrb_class_ptr(o->a), (void*)o->p, &data_type));
  case DO_EXC: {
    mrb_value message = mrb_str_new(mrb, (const char*)o->p, o->n);
    return mrb_obj_new(mrb, mrb_class_ptr(o->a), 1, &message);
  }
  case DO_BACKTRACE: return mrb_exc_backtrace(mrb, o->a);
  case DO_INSPECT: return mrb_inspect(mrb, o->a);
  case DO_TO_S: return mrb_obj_as_string(mrb, o->a);
  case DO_CLASS_NAME: return mrb_class_path(mrb, mrb_obj_class(mrb, o->a));
  case DO_EQ: return mrb_bool_value(mrb_equal(mrb, o->a, o->b));
  case DO_FREEZE: return mrb_obj_freeze(mrb, o->a);
  case DO_CAT: mrb_str_cat(mrb, o->a, (const char*)o->p, o->n); break;
  case DO_STRAND: {
    struct hj_strand *s = (struct hj_strand*)o->p;
    struct RProc *body = mrb_proc_new(mrb, &idle);
    mrb_value block = mrb_obj_value(body), fiber_class = mrb_const_get(mrb, mrb_obj_value(mrb->object_class), mrb_intern_lit(mrb, "Fiber"));
    body->upper = NULL;
    MRB_PROC_SET_TARGET_CLASS(body, mrb->object_class);
    s->fiber = mrb_funcall_with_block(mrb, fiber_class, mrb_intern_lit(mrb, "new"), 0, NULL, block);
    s->base = ((struct RFiber*)mrb_ptr(s->fiber))->cxt;
    s->arena = (struct RBasic**)mrb_malloc(mrb, sizeof(struct RBasic*) * 100);
    s->arena_capa = 100;
    break;
  }
  }
  return mrb_nil_value();
}
int hj_op(mrb_state *mrb, struct hj_op *op, mrb_value *out) { return protect(mrb, do_op, op, out); }

/* ---- blocks that move to another VM ---- */

/* What a block sees around it: an Array for each scope, the nearest first. */
static mrb_value do_scopes(mrb_state *mrb, void *data) {
  const struct RProc *p = mrb_proc_ptr(*(mrb_value*)data);
  mrb_value scopes = mrb_ary_new(mrb);
  if (MRB_PROC_CFUNC_P(p)) mrb_raise(mrb, E_TYPE_ERROR, "a native block can't move to another VM");
  for (; p && !MRB_PROC_CFUNC_P(p) && MRB_PROC_ENV_P(p); p = p->upper) {
    struct REnv *e = MRB_PROC_ENV(p);
    mrb_ary_push(mrb, scopes, mrb_ary_new_from_values(mrb, MRB_ENV_LEN(e), e->stack));
  }
  return scopes;
}
int hj_scopes(mrb_state *mrb, mrb_value proc, mrb_value *out) { return protect(mrb, do_scopes, &proc, out); }

/* A program becomes a block within these scopes. In each of them `self` (the first value) is the
 * top's; a native Proc is the easy way to an environment of one's own. */
struct rescope { struct RProc *proc; mrb_value scopes; };
static mrb_value do_rescope(mrb_state *mrb, void *data) {
  struct rescope *r = (struct rescope*)data;
  struct RProc *inner = r->proc;
  for (mrb_int i = 0; i < RARRAY_LEN(r->scopes); i++) {
    mrb_value scope = mrb_ary_entry(r->scopes, i);
    if (RARRAY_LEN(scope)) mrb_ary_set(mrb, scope, 0, mrb_top_self(mrb));
    struct RProc *holder = mrb_proc_new_cfunc_with_env(mrb, trampoline, RARRAY_LEN(scope), RARRAY_PTR(scope));
    struct RProc *outer = mrb_proc_new(mrb, &idle);
    outer->upper = NULL;
    MRB_PROC_SET_TARGET_CLASS(outer, mrb->object_class);
    inner->e.env = MRB_PROC_ENV(holder);
    inner->flags |= MRB_PROC_ENVSET;
    inner->e.env->c = mrb->object_class;
    inner->upper = outer;
    mrb_field_write_barrier(mrb, (struct RBasic*)inner, (struct RBasic*)inner->e.env);
    mrb_field_write_barrier(mrb, (struct RBasic*)inner, (struct RBasic*)outer);
    inner = outer;
  }
  return mrb_obj_value(r->proc);
}
int hj_rescope(mrb_state *mrb, mrb_value program, mrb_value scopes, mrb_value *out) {
  struct rescope r = { mrb_proc_ptr(program), scopes };
  return protect(mrb, do_rescope, &r, out);
}

/* ---- looking at values: nothing here allocates or raises ---- */

int hj_type(mrb_value v) { return mrb_nil_p(v) ? -1 : (int)mrb_type(v); }
int64_t hj_integer(mrb_value v) { return mrb_integer(v); }
double hj_float(mrb_value v) { return mrb_float(v); }
size_t hj_str(mrb_value v, const char **p) { *p = RSTRING_PTR(v); return (size_t)RSTRING_LEN(v); }
size_t hj_ary(mrb_value v, const mrb_value **p) { *p = RARRAY_PTR(v); return (size_t)RARRAY_LEN(v); }
size_t hj_hash_size(mrb_state *mrb, mrb_value v) { return (size_t)mrb_hash_size(mrb, v); }
const char *hj_sym(mrb_state *mrb, mrb_sym sym, size_t *len) {
  mrb_int n = 0; const char *p = mrb_sym_name_len(mrb, sym, &n); *len = (size_t)n; return p;
}
mrb_sym hj_sym_check(mrb_state *mrb, const char *p, size_t len) { return mrb_intern_check(mrb, p, len); }
mrb_value hj_class_of(mrb_state *mrb, mrb_value v) { return mrb_obj_value(mrb_obj_class(mrb, v)); }
int hj_kind_of(mrb_state *mrb, mrb_value v, mrb_value class) { return mrb_obj_is_kind_of(mrb, v, mrb_class_ptr(class)); }
int hj_responds(mrb_state *mrb, mrb_value v, mrb_sym mid) { return mrb_respond_to(mrb, v, mid); }
mrb_value hj_top_self(mrb_state *mrb) { return mrb_obj_value(mrb->top_self); }
mrb_value hj_limit_class(mrb_state *mrb, int which) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  return mrb_obj_value(which ? vm->deadline_exceeded : vm->budget_exceeded);
}
int hj_is_nomem(mrb_state *mrb, mrb_value v) { return mrb_ptr(v) == (void*)mrb->nomem_err; }
int hj_is_stack(mrb_state *mrb, mrb_value v) { return mrb_ptr(v) == (void*)mrb->stack_err; }
/* NULL for what is no data object of ours, or one without its Rust half */
void *hj_data(mrb_value v) { return mrb_data_p(v) && DATA_TYPE(v) == &data_type ? DATA_PTR(v) : NULL; }
int hj_data_set(mrb_value v, void *p) {
  if (!mrb_data_p(v) || (DATA_TYPE(v) && DATA_TYPE(v) != &data_type)) return 0;
  mrb_data_init(v, p, &data_type);
  return 1;
}

/* ---- the collector ---- */

int hj_arena_save(mrb_state *mrb) { return mrb_gc_arena_save(mrb); }
/* Never upwards: when two guards go in the wrong order the entries between are long gone. */
void hj_arena_restore(mrb_state *mrb, int index) {
  if (index < mrb->gc.arena_idx) mrb_gc_arena_restore(mrb, index);
}
void hj_full_gc(mrb_state *mrb) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  if (!vm->sweeping) mrb_full_gc(mrb);
}
size_t hj_memory_used(mrb_state *mrb) { return ((struct hj_vm*)mrb->ud)->used; }

/* Answers the slot, or SIZE_MAX when there is no memory for one. Not from mruby's allocator: a full
 * heap must still be able to keep the error that says so. */
size_t hj_root(mrb_state *mrb, mrb_value v) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  size_t i = vm->roots_hint;
  while (i < vm->roots_len && !mrb_undef_p(vm->roots[i])) i++;
  if (i == vm->roots_capa) {
    size_t capa = vm->roots_capa ? vm->roots_capa * 2 : 64, unit = sizeof(mrb_value);
    void *p = vm->hooks.alloc(vm->hooks.alloc_data, vm->roots, vm->roots_capa * unit, capa * unit);
    if (!p) return SIZE_MAX;
    vm->roots = (mrb_value*)p;
    vm->roots_capa = capa;
  }
  if (i == vm->roots_len) vm->roots_len++;
  vm->roots[i] = v;
  vm->roots_hint = i + 1;
  return i;
}
void hj_unroot(mrb_state *mrb, size_t slot) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  vm->roots[slot] = mrb_undef_value();
  if (slot < vm->roots_hint) vm->roots_hint = slot;
}

/* ---- strands ---- */

static void switch_to(mrb_state *mrb, struct hj_vm *vm, struct hj_strand *to) {
  struct hj_strand *from = vm->current;
  from->c = mrb->c; from->jmp = mrb->jmp; from->exc = mrb->exc;
  from->arena = mrb->gc.arena; from->arena_capa = mrb->gc.arena_capa; from->arena_idx = mrb->gc.arena_idx;
  from->stack_limit = mrb->native_stack_limit;
  from->fuel = vm->fuel; from->spent = vm->spent; from->depth = vm->depth;
  mrb->c = to->c; mrb->jmp = to->jmp; mrb->exc = to->exc;
  mrb->gc.arena = to->arena; mrb->gc.arena_capa = to->arena_capa; mrb->gc.arena_idx = to->arena_idx;
  mrb->native_stack_limit = to->stack_limit;
  vm->fuel = to->fuel; vm->spent = to->spent; vm->depth = to->depth;
  to->c = NULL; to->exc = NULL; to->arena = NULL; to->arena_idx = 0;
  vm->current = to;
}
int hj_strand_new(mrb_state *mrb, struct hj_strand *s, mrb_value *out) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  struct hj_op o;
  memset(s, 0, sizeof *s);
  s->fiber = mrb_nil_value();
  memset(&o, 0, sizeof o);
  o.code = DO_STRAND;
  o.p = s;
  if (hj_op(mrb, &o, out)) return 1;
  s->next = vm->main.next;
  s->prev = &vm->main;
  if (s->next) s->next->prev = s;
  vm->main.next = s;
  return 0;
}
void hj_strand_free(mrb_state *mrb, struct hj_strand *s) {
  if (!s->prev) return;             /* there was no memory for it */
  s->prev->next = s->next;
  if (s->next) s->next->prev = s->prev;
  mrb_free(mrb, s->arena);
}
/* A fresh outermost state on the strand's own context. */
void hj_enter(mrb_state *mrb, struct hj_strand *s, size_t stack_bytes) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  s->parent = vm->current;
  s->stack_bytes = stack_bytes;
  s->c = s->base;
  s->base->status = MRB_FIBER_RUNNING;
  s->jmp = NULL; s->exc = NULL; s->arena_idx = 0; s->depth = 0; s->fuel = 1; s->spent = 0; s->stack_limit = NULL;
  switch_to(mrb, vm, s);
}
/* The strand is done (its calls have returned): back to the parent, who keeps the newest value (that
 * of the last call) if there is room for it without allocating. */
void hj_leave(mrb_state *mrb, struct hj_strand *s) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  struct RBasic *last = mrb->gc.arena_idx ? mrb->gc.arena[mrb->gc.arena_idx - 1] : NULL;
  switch_to(mrb, vm, s->parent);
  if (last && mrb->gc.arena_idx < mrb->gc.arena_capa) mrb->gc.arena[mrb->gc.arena_idx++] = last;
  s->c = NULL; s->exc = NULL; s->arena_idx = 0; s->parent = NULL;
}
/* In the middle of a method: the parent's state comes back, this one's is kept. */
struct hj_strand *hj_park(mrb_state *mrb) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  struct hj_strand *s = vm->current;
  if (s != &vm->main) switch_to(mrb, vm, s->parent);
  return s;
}
void hj_unpark(mrb_state *mrb, struct hj_strand *s) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  if (s == vm->current) return;
  s->parent = vm->current;
  switch_to(mrb, vm, s);
}
/* A parked strand whose native stack is gone: nothing of it is kept, it can't be switched to. */
void hj_abandon(mrb_state *mrb, struct hj_strand *s) {
  mrb_free(mrb, s->arena);
  s->prev->next = s->next;
  if (s->next) s->next->prev = s->prev;
  s->prev = NULL; s->arena = NULL; s->c = NULL; s->exc = NULL; s->arena_idx = 0;
  s->fiber = mrb_nil_value();
}
struct hj_strand *hj_current(mrb_state *mrb) { return ((struct hj_vm*)mrb->ud)->current; }
int hj_depth(mrb_state *mrb) { return ((struct hj_vm*)mrb->ud)->depth; }

/* ---- open and close ---- */

static mrb_value do_setup(mrb_state *mrb, void *data) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  vm->budget_exceeded = mrb_define_class(mrb, "BudgetExceeded", mrb->eException_class);
  vm->deadline_exceeded = mrb_define_class(mrb, "DeadlineExceeded", mrb->eException_class);
  /* 3.2: a Proc without a body crashes when called. */
  mrb_undef_class_method(mrb, mrb->proc_class, "allocate");
  /* A transfer out of a strand's Fiber would leave its native stack behind. */
  mrb_undef_method(mrb, mrb_class_get(mrb, "Fiber"), "transfer");
  return mrb_nil_value();
}
mrb_state *hj_open(const struct hj_hooks *hooks, void *rust, size_t memory_max, size_t stack_bytes) {
  struct hj_vm *vm = (struct hj_vm*)hooks->alloc(hooks->alloc_data, NULL, 0, sizeof *vm);
  mrb_state *mrb; mrb_value out;
  if (!vm) return NULL;
  memset(vm, 0, sizeof *vm);
  vm->hooks = *hooks; vm->rust = rust; vm->memory_max = memory_max;
  vm->main.fiber = mrb_nil_value();
  vm->main.stack_bytes = stack_bytes;
  vm->current = &vm->main;
  mrb = mrb_open_allocf(allocf, vm);
  if (mrb) {
    mrb->ud = vm;
    mrb->mark_hook = mark;
    if (!mrb->exc && !protect(mrb, do_setup, NULL, &out)) {
      mrb_gc_arena_restore(mrb, 0);
      return mrb;
    }
    mrb_close(mrb);
  }
  hooks->alloc(hooks->alloc_data, vm, sizeof *vm, 0);
  return NULL;
}
void hj_close(mrb_state *mrb) {
  struct hj_vm *vm = (struct hj_vm*)mrb->ud;
  struct hj_hooks hooks = vm->hooks;
  mrb_close(mrb);
  if (vm->roots) hooks.alloc(hooks.alloc_data, vm->roots, vm->roots_capa * sizeof(mrb_value), 0);
  hooks.alloc(hooks.alloc_data, vm, sizeof *vm, 0);
}
