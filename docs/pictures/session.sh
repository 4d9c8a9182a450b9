#!/bin/sh
# What an agent at work might show, on a screen of 200 by 50: it stands still, to be looked at.
printf '\033]2;parser: nested groups\007\033[2J\033[H'
bold='\033[1m' plain='\033[0m' dim='\033[2m' green='\033[32m' red='\033[31m' blue='\033[38;5;75m'
printf "${bold}✻ lena${plain}  ${dim}~/work/parser${plain}\r\n\r\n"
printf "${blue}❯${plain} make nested groups parse, and say where one is not closed\r\n\r\n"
printf "${green}●${plain} I looked at how groups are read. \`group()\` stops at the first \`)\`, so that an inner one\r\n"
printf "  ends the outer one too. A stack of openings is enough; each knows its line and column.\r\n\r\n"
printf "${green}●${plain} ${bold}Edit${plain} src/parser/group.rs\r\n"
printf "  ${dim}41 ${plain}      fn group(&mut self) -> Result<Node, Fault> {\r\n"
printf "  ${dim}42 ${plain}${red}-         let end = self.find(')')?;${plain}\r\n"
printf "  ${dim}42 ${plain}${green}+         let opened = self.at();${plain}\r\n"
printf "  ${dim}43 ${plain}${green}+         self.open.push(opened);${plain}\r\n"
printf "  ${dim}44 ${plain}${green}+         let inner = self.until(Token::Close).map_err(|_| Fault::NotClosed { opened })?;${plain}\r\n"
printf "  ${dim}45 ${plain}${green}+         self.open.pop();${plain}\r\n"
printf "  ${dim}46 ${plain}          Ok(Node::Group(inner))\r\n\r\n"
printf "${green}●${plain} ${bold}Run${plain} cargo nextest run parser\r\n"
printf "  ${green}PASS${plain} parser::groups_nest\r\n"
printf "  ${green}PASS${plain} parser::an_open_group_is_told_with_its_place\r\n"
printf "  ${green}PASS${plain} parser::names_of_any_script\r\n"
printf "  ${dim}31 tests run: 31 passed${plain}\r\n\r\n"
printf "  \033[9mwrite the tests\033[0m\r\n  \033[9mmake them pass\033[0m\r\n  \033[4:3;58;5;203mdocument the faults\033[0m\r\n\r\n"
printf "${blue}❯${plain} "
exec sleep 100000
