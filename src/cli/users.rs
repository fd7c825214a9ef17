//! `postlogin users`: the users in the store of a server, which may run meanwhile.

mod change;
mod import;
mod show;

use super::output::Format;
use super::stored::{StoreArgs, store_trouble};
use super::trouble::Trouble;
use crate::store::{Sqlite, StoredUser, Users as _};
use clap::{Args, Subcommand};

pub(super) const EXAMPLES: &str = "Examples:
  postlogin users list my-tenant
  postlogin users show ada@example.org my-tenant
  postlogin users block 'auth0|1' my-tenant
  postlogin users sessions ada@example.org my-tenant --end all
  postlogin users import more-users.json my-tenant --upsert";

#[derive(Args)]
pub(super) struct UsersArgs {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Subcommand)]
enum UsersCommand {
    /// List all users
    List(ListArgs),
    /// Show a user's profile
    Show(OneUser),
    /// Block a user, and end sessions and refresh tokens
    Block(OneUser),
    /// Let a blocked user log in again
    Unblock(OneUser),
    /// Delete a user, and end sessions and refresh tokens; nobody gets the id again
    Delete(OneUser),
    /// List the sessions and refresh tokens of a user, or end them
    Sessions(SessionsArgs),
    /// Load users from a file in the form of users.json; those who are in the store stay as they are
    Import(import::ImportArgs),
}

#[derive(Args)]
struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// How the result is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Args)]
struct OneUser {
    /// The user's id, e-mail address, user name or telephone number
    #[arg(value_name = "USER")]
    user: String,
    #[command(flatten)]
    store: StoreArgs,
    /// How the result is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Args)]
struct SessionsArgs {
    #[command(flatten)]
    of: OneUser,
    /// End the session or refresh token with this id, or all of the user's
    #[arg(long, value_name = "ID|all")]
    end: Option<String>,
}

pub(super) fn run(args: &UsersArgs) -> Result<u8, Trouble> {
    match &args.command {
        UsersCommand::List(args) => show::list(&args.store.open()?, Format::chosen(args.format)),
        UsersCommand::Show(args) => {
            let (store, user) = args.find()?;
            show::show(&store, &user, Format::chosen(args.format))
        }
        UsersCommand::Block(args) => change::block(args),
        UsersCommand::Unblock(args) => change::unblock(args),
        UsersCommand::Delete(args) => change::delete(args),
        UsersCommand::Sessions(args) => {
            let (store, user) = args.of.find()?;
            let user_id = user.profile.user_id();
            let format = Format::chosen(args.of.format);
            match &args.end {
                Some(which) => change::end(&store, user_id, which, format),
                None => show::sessions(&store, user_id, format),
            }
        }
        UsersCommand::Import(args) => import::run(args),
    }
}

impl OneUser {
    /// The store, and the user who is named.
    fn find(&self) -> Result<(Sqlite, StoredUser), Trouble> {
        let store = self.store.open()?;
        let by_id = store.stored_user(&self.user);
        if let Some(user) = by_id.map_err(|error| store_trouble(&error))? {
            return Ok((store, user));
        }
        let named = store.users_named(&self.user, None);
        let mut named = named.map_err(|error| store_trouble(&error))?;
        match (named.pop(), named.len()) {
            (Some(user), 0) => Ok((store, user)),
            (None, _) => Err(Trouble::new(
                format!("there is no user {} in the store", self.user),
                "give the id, e-mail address, user name or telephone number of a user; 'postlogin users list' lists all",
            )),
            (Some(last), _) => {
                let ids = named.iter().chain([&last]).map(|user| user.profile.user_id());
                Err(Trouble::new(
                    format!(
                        "{} is the name of several users: {}",
                        self.user,
                        ids.collect::<Vec<_>>().join(", ")
                    ),
                    "give one of these ids",
                ))
            }
        }
    }
}
