//! The lookup `config`: settings of the configuration, and options of the plugins whose work is done here.

use super::Lookup;
use crate::template::SettingName;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use std::rc::Rc;

pub(super) const LOOKUPS: &[Lookup] = &[Lookup::new("config", config)];

/// An option of a plugin: where it is looked for, the strongest last.
pub(super) struct Choice {
    kind: &'static str,
    plugin: &'static str,
    pub option: &'static str,
    /// The setting of ours that has it.
    pub setting: &'static str,
    /// What it is when nobody set it.
    default: Option<&'static str>,
    /// Variables that set it.
    pub vars: &'static [&'static str],
}

pub(super) const fn choice(
    [kind, plugin, option]: [&'static str; 3],
    setting: &'static str,
    default: Option<&'static str>,
    vars: &'static [&'static str],
) -> Choice {
    Choice { kind, plugin, option, setting, default, vars }
}

#[rustfmt::skip]
const OPTIONS: &[Choice] = &[
    choice(["become", "sudo", "become_user"], "become_user", None, &["ansible_become_user", "ansible_sudo_user"]),
    choice(["become", "sudo", "become_exe"], "become_exe", Some("sudo"), &["ansible_become_exe", "ansible_sudo_exe"]),
    choice(["become", "sudo", "become_flags"], "become_flags", Some("-H -S -n"), &["ansible_become_flags", "ansible_sudo_flags"]),
    choice(["become", "su", "become_user"], "become_user", None, &["ansible_become_user", "ansible_su_user"]),
    choice(["become", "su", "become_exe"], "become_exe", Some("su"), &["ansible_become_exe", "ansible_su_exe"]),
    choice(["become", "su", "become_flags"], "become_flags", Some(""), &["ansible_become_flags", "ansible_su_flags"]),
    choice(["connection", "ssh", "host"], "", None, &["inventory_hostname", "ansible_host", "ansible_ssh_host"]),
    choice(["connection", "ssh", "host_key_checking"], "host_key_checking", None, &["ansible_host_key_checking", "ansible_ssh_host_key_checking"]),
    choice(["connection", "ssh", "ssh_args"], "ssh_args", None, &["ansible_ssh_args"]),
    choice(["connection", "ssh", "ssh_common_args"], "ssh_common_args", None, &["ansible_ssh_common_args"]),
    choice(["connection", "ssh", "ssh_extra_args"], "ssh_extra_args", None, &["ansible_ssh_extra_args"]),
    choice(["connection", "ssh", "reconnection_retries"], "reconnection_retries", None, &["ansible_ssh_retries"]),
    choice(["connection", "ssh", "port"], "remote_port", None, &["ansible_port", "ansible_ssh_port"]),
    choice(["connection", "ssh", "remote_user"], "remote_user", None, &["ansible_user", "ansible_ssh_user"]),
    choice(["connection", "ssh", "private_key_file"], "private_key_file", None, &["ansible_private_key_file", "ansible_ssh_private_key_file"]),
    choice(["connection", "ssh", "timeout"], "timeout", None, &["ansible_ssh_timeout"]),
    choice(["shell", "sh", "remote_tmp"], "remote_tmp", None, &["ansible_remote_tmp"]),
    choice(["callback", "default", "result_format"], "callback_result_format", None, &[]),
    choice(["callback", "default", "display_skipped_hosts"], "display_skipped_hosts", None, &[]),
    choice(["callback", "default", "display_ok_hosts"], "display_ok_hosts", None, &[]),
    choice(["callback", "default", "display_failed_stderr"], "display_failed_stderr", None, &[]),
    choice(["callback", "default", "check_mode_markers"], "check_mode_markers", None, &[]),
    choice(["callback", "default", "show_custom_stats"], "show_custom_stats", None, &[]),
    choice(["callback", "default", "show_task_path_on_failure"], "show_task_path_on_failure", None, &[]),
];

fn config(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let missing = options.take("on_missing").string()?.unwrap_or_else(|| "error".to_owned());
    let (kind, plugin) = (options.take("plugin_type").string()?, options.take("plugin_name").string()?);
    let origins = options.take("show_origin").flag(false)?;
    if !["error", "skip", "warn"].contains(&missing.as_str()) {
        return Err(Fault::new(format!("Invalid value '{missing}' for on_missing, it must be error, warn or skip")));
    }
    let plugin = match (kind, plugin) {
        (Some(kind), Some(plugin)) => Some((kind, plugin)),
        (None, None) => None,
        _ => {
            let what = "Both plugin_type and plugin_name are required, cannot use one without the other.";
            return Err(Fault::new(what));
        }
    };
    let mut out = Vec::new();
    for term in terms {
        let Some(name) = term.as_str() else {
            let (shown, kind) = (term.repr()?, term.type_name());
            let what = format!("Invalid setting identifier, {shown} is not a string, its a <class '{kind}'>.");
            return Err(Fault::new(what));
        };
        let found = match &plugin {
            Some((kind, plugin)) => of_plugin(session, kind, plugin, name)?,
            None => read(session, SettingName::Ansible(name)),
        };
        match found {
            Some((value, origin)) if origins => out.push(Val::list(vec![value, Val::from(origin)])),
            Some((value, _)) => out.push(value),
            None if missing == "error" => {
                return Err(Fault::new(format!("No config definition exists for '{name}'.")));
            }
            None => {}
        }
    }
    Ok(out)
}

fn read(session: &Rc<Session>, name: SettingName<'_>) -> Option<(Val, String)> {
    let read = session.shared.options.setting.as_ref()?;
    read(name).map(|(value, origin)| (Val::Plain(value), origin))
}

fn of_plugin(session: &Rc<Session>, kind: &str, plugin: &str, name: &str) -> Eval<Option<(Val, String)>> {
    let plugin = plugin.strip_prefix("ansible.builtin.").unwrap_or(plugin);
    let mut own = OPTIONS.iter().chain(super::url::CHOICES).filter(|c| c.kind == kind && c.plugin == plugin).peekable();
    if own.peek().is_none() && !(kind == "lookup" && super::find(plugin).is_some()) {
        return Err(Fault::new(format!("Unable to load {kind} plugin '{plugin}'.")));
    }
    let Some(choice) = own.find(|choice| choice.option == name) else { return Ok(None) };
    for variable in choice.vars.iter().rev() {
        if let Some(value) = session.var(variable) {
            return Ok(Some((value.strict()?, format!("var: {variable}"))));
        }
    }
    Ok(match read(session, SettingName::Own(choice.setting)) {
        Some((value, origin)) if !value.is_null() => Some((value, origin)),
        _ => Some((choice.default.map_or(Val::NULL, Val::text), "default".to_owned())),
    })
}
