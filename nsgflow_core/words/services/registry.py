"""A selection of IANA's registry of service names, as it stood on REGISTRY_DATE: facts, in our own choice and order.

Source: IANA, "Service Name and Transport Protocol Port Number Registry" (RFC 6335), what it says of ports that are met
in networks of servers. An entry is `port:name`, for TCP and UDP alike, or `port:name/tcp` where only one has it.
"""

REGISTRY_DATE = "2025-06-30"
"""The registry changes every week, and these entries hardly ever."""

REGISTERED = """
1:tcpmux 7:echo 9:discard 11:systat 13:daytime 17:qotd 18:msp 19:chargen 20:ftp-data 21:ftp 22:ssh 23:telnet 25:smtp
37:time 42:nameserver 43:nicname 49:tacacs 50:re-mail-ck 53:domain 67:bootps 68:bootpc 69:tftp 70:gopher 79:finger
80:http 82:xfer 88:kerberos 95:supdup 101:hostname 102:iso-tsap 104:acr-nema 107:rtelnet 109:pop2 110:pop3 111:sunrpc
113:ident/tcp 115:sftp 117:uucp-path 118:sqlserv 119:nntp 123:ntp 135:epmap 137:netbios-ns 138:netbios-dgm
139:netbios-ssn 143:imap/tcp 150:sql-net 152:bftp 153:sgmp 156:sqlsrv 161:snmp 162:snmptrap 163:cmip-man
164:cmip-agent 170:print-srv 174:mailq 177:xdmcp 179:bgp 194:irc 199:smux 209:qmtp 210:z39-50 213:ipx 218:mpp
220:imap3 259:esro-gen 264:bgmp 280:http-mgmt 308:novastorbakcup 311:asip-webadmin 318:pkix-timestamp 319:ptp-event
320:ptp-general 350:matip-type-a 351:matip-type-b 366:odmr 369:rpc2portmap 370:codaauth2 371:clearcase
383:hp-alarm-mgr 384:arns 387:aurp 389:ldap 399:iso-tsap-c2 401:ups 427:svrloc 434:mobileip-agent 443:https 444:snpp
445:microsoft-ds 464:kpasswd 465:submissions/tcp 475:tcpnethaspsrv 487:saft 491:go-login 496:pim-rp-disc
497:retrospect 500:isakmp 502:mbap 504:citadel 510:fcp 512:exec/tcp 512:comsat/udp 513:login/tcp 513:who/udp
514:shell/tcp 514:syslog/udp 515:printer 517:talk 518:ntalk 520:efs/tcp 520:router/udp 521:ripng/udp 524:ncp 525:timed
530:courier 532:netnews 533:netwall 540:uucp 543:klogin 544:kshell 546:dhcpv6-client 547:dhcpv6-server 548:afpovertcp
550:new-rwho 554:rtsp 556:remotefs 560:rmonitor 561:monitor 563:nntps 587:submission 591:http-alt 593:http-rpc-epmap
601:syslog-conn 604:tunnel 607:nqs 612:hmmp-ind 614:sshell 623:asf-rmcp/udp 631:ipp 635:rlzdbase 636:ldaps 639:msdp
646:ldp 648:rrp 651:ieee-mms 652:hello-port 654:aodv 655:tinc 657:rmc 660:mac-srvr-admin 666:mdqs 674:acap
688:realm-rusd 691:msexch-routing 694:ha-cluster 695:ieee-mms-ssl 698:olsr/udp 700:epp 701:lmp 702:iris-beep 706:silc
711:cisco-tdp 712:tbrpf 749:kerberos-adm 753:rrh 754:tell 800:mdbs-daemon 830:netconf-ssh 831:netconf-beep
847:dhcp-failover2 848:gdoi 853:domain-s 860:iscsi 861:owamp-control/tcp 862:twamp-control/tcp 873:rsync
886:iclcnet-locate 888:cddbp/tcp 900:omginitialrefs 901:smpnameres 902:ideafarm-door 903:ideafarm-panic
911:xact-backup 989:ftps-data 990:ftps 991:nas 992:telnets 993:imaps/tcp 995:pop3s 1080:socks 1085:webobjects
1098:rmiactivation 1099:rmiregistry 1167:cisco-ipsla 1180:mc-client 1194:openvpn 1198:cajo-discovery 1214:kazaa
1220:qt-serveradmin 1234:search-agent 1241:nessus 1270:opsmgr 1311:rxmon 1344:icap 1352:lotusnote 1414:ibm-mqseries
1433:ms-sql-s 1434:ms-sql-m 1494:ica 1500:vlsi-lm 1512:wins 1521:ncube-lm 1524:ingreslock 1525:orasrv 1527:tlisrv
1529:coauthor 1533:virtual-places 1547:laplink 1589:vqp 1604:icabrowser 1645:sightline 1646:sa-msg-port
1666:netview-aix-6 1677:groupwise 1701:l2tp 1716:xmsg 1720:h323hostcall 1723:pptp 1755:ms-streaming 1761:cft-0
1801:msmq 1812:radius 1813:radius-acct 1863:msnp 1883:mqtt 1900:ssdp 1935:macromedia-fcs 1984:bb 1985:hsrp
1998:x25-svc-port 2000:cisco-sccp 2010:search/tcp 2049:nfs 2055:iop 2083:radsec 2086:gnunet 2101:rtcm-sc104
2102:zephyr-srv 2103:zephyr-clt 2104:zephyr-hm 2123:gtp-control 2152:gtp-user 2181:eforward 2222:EtherNet-IP-1
2223:rockwell-csp2 2302:bindery-support 2375:docker/tcp 2376:docker-s/tcp 2377:swarm/tcp 2379:etcd-client/tcp
2380:etcd-server/tcp 2381:compaq-https 2401:cvspserver 2404:iec-104 2427:mgcp-gateway 2447:ovwdb 2483:ttc 2484:ttc-ssl
2500:rtsserv 2535:madcap 2546:vytalvaultbrtp 2593:mns-mail 2598:citriximaclient 2601:discp-client 2602:discp-server
2628:dict 2638:sybaseanywhere 2701:sms-rcinfo 2702:sms-xfer 2703:sms-chat 2704:sms-remctrl 2710:sso-service
2727:mgcp-callagent 2775:smpp 2809:corbaloc 2811:gsiftp 2869:icslap 2947:gpsd 2948:wap-push 2967:ssc-agent 3000:hbci
3020:cifs 3050:gds-db 3052:apc-3052 3074:xbox 3128:ndl-aas 3130:icpv2 3205:isns 3225:fcip-port 3260:iscsi-target
3268:msft-gc 3269:msft-gc-ssl 3283:net-assistant 3299:pdrncs 3300:ceph/tcp 3306:mysql 3343:ms-cluster-net
3386:gprs-data/tcp 3389:ms-wbt-server 3391:savant 3396:printer-agent 3455:prsvp 3478:stun 3479:twrpc 3493:nut
3527:beserver-msg-q 3535:ms-la 3544:teredo 3587:p2pgroup 3632:distcc 3653:tsp 3659:apple-sasl 3689:daap 3690:svn
3702:ws-discovery 3724:blizwow 3784:bfd-control 3785:bfd-echo/udp 3799:radius-dynauth 3868:diameter/tcp 3872:oem-agent
3880:igrs 3900:udt-os 3978:sitewatch/tcp 4000:terabase 4001:newoak 4045:npp 4089:opencore 4093:pvxpluscs 4096:bre
4111:xgrid 4116:smartcard-tls 4190:sieve/tcp 4242:vrml-multi-use 4321:rwhois 4341:lisp-data/udp 4342:lisp-control/udp
4353:f5-iquery 4369:epmd 4444:krb524 4460:ntske/tcp 4486:icms 4500:ipsec-nat-t 4567:tram 4569:iax 4658:playsta2-app
4672:rfa 4728:capmux 4739:ipfix 4740:ipfixs 4750:ssad 4786:smart-install/tcp 4789:vxlan/udp 4840:opcua-tcp/tcp
4840:opcua-udp/udp 4843:opcua-tls/tcp 4848:appserv-http 4894:lyskom 4899:radmin-port 4949:munin/tcp 5000:commplex-main
5001:commplex-link 5004:avt-profile-1 5005:avt-profile-2 5009:winfs 5020:zenginkyo-1 5050:mmcc 5051:ita-agent 5060:sip
5061:sips 5080:onscreen 5093:sentinel-lm 5190:aol 5201:targus-getdata1 5222:xmpp-client 5223:hpvirtgrp
5246:capwap-control/udp 5247:capwap-data/udp 5269:xmpp-server 5280:xmpp-bosh/tcp 5298:presence 5349:stuns 5351:nat-pmp
5353:mdns 5355:llmnr 5357:wsdapi 5358:wsdapi-s 5432:postgresql 5445:smbdirect/tcp 5500:fcp-addr-srvr1 5540:sdxauthd
5550:cbus 5555:personal-agent 5556:freeciv 5568:sdt 5601:esmagent 5631:pcanywheredata 5632:pcanywherestat
5666:nrpe/tcp 5671:amqps 5672:amqp 5678:rrac 5683:coap 5684:coaps 5693:rbsystem/tcp 5718:dpm 5719:dpm-agent
5722:msdfsr 5723:omhs 5724:omsdk 5741:ida-discover1 5859:wherehoo 5900:rfb 5984:couchdb 5985:wsman 5986:wsmans
5988:wbem-http 5989:wbem-https 6000:x11 6001:x11 6002:x11 6003:x11 6004:x11 6005:x11 6006:x11 6007:x11 6063:x11
6080:gue/udp 6081:geneve/udp 6112:dtspcd 6343:sflow 6346:gnutella-svc 6347:gnutella-rtr 6379:redis/tcp
6432:pgbouncer/tcp 6443:sun-sr-https 6444:sge-qmaster 6445:sge-execd 6446:mysql-proxy 6481:servicetags
6513:netconf-tls/tcp 6514:syslog-tls 6515:elipse-rec 6543:lds-distrib 6566:sane-port 6568:canit-store/tcp 6600:mshvlm
6619:odette-ftps 6622:mcftp 6632:mxodbc-connect/tcp 6636:mpls-udp-dtls/udp 6653:openflow 6657:palcom-disc/udp
6665:ircu/tcp 6667:ircu/tcp 6668:ircu/tcp 6669:ircu/tcp 6679:osaut 6689:tsa 6696:babel/udp 6697:ircs-u/tcp
6771:plysrv-https/tcp 6788:smc-http 6789:smc-https 6969:acmsoda 7000:afs3-fileserver 7001:afs3-callback
7002:afs3-prserver 7003:afs3-vlserver 7004:afs3-kaserver 7005:afs3-volser 7006:afs3-errors 7007:afs3-bos
7008:afs3-update 7009:afs3-rmtsys 7070:arcp 7100:font-service 7400:rtps-discovery 7443:oracleas-https 7474:neo4j/tcp
7547:cwmp 7627:soap-http 7680:pando-pub 7687:bolt/tcp 7777:cbt 7787:popup-reminders 8000:irdmi 8005:mxi 8008:http-alt
8009:nvme-disc/tcp 8020:intu-ec-svcdisc 8021:intu-ec-client 8025:ca-audit-da 8040:ampify 8042:fs-agent 8053:senomix02
8080:http-alt 8081:sunproxyadmin 8082:us-cli 8083:us-srv 8086:d-s-n 8087:simplifymedia 8088:radan-http
8090:opsmessaging 8091:jamlink/tcp 8111:skynetflow/udp 8118:privoxy 8140:puppet/tcp 8161:patrol-snmp 8181:intermapper
8200:trivnet1 8230:rexecj 8243:synapse-nhttps 8280:synapse-nhttp 8300:tmi 8383:m2mservices 8400:cvd 8403:admind
8443:pcsync-https 8444:pcsync-http 8500:fmtp 8600:asterix 8686:sun-as-jmxrmi 8765:ultraseek-http 8883:secure-mqtt
8888:ddi-tcp-1/tcp 8888:ddi-udp-1/udp 8899:ospf-lite 8999:bctp 9000:cslistener 9001:etlservicemgr 9002:dynamid
9009:pichat 9080:glrpc 9090:websm 9091:xmltec-xmlmail 9092:XmlIpcRegSvc 9100:pdl-datastream 9101:bacula-dir
9102:bacula-fd 9103:bacula-sd 9160:apani1 9200:wap-wsp 9201:wap-wsp-wtp 9300:vrace 9306:sphinxql/tcp 9389:adws/tcp
9418:git 9443:tungsten-https 9500:ismserver 9535:mngsuite 9593:cba8 9595:pds 9600:micromuse-ncpw 9668:tec5-sdctp
9876:sd 9987:dsm-scm-target 9993:palace-2 9995:palace-4 9996:palace-5 9999:distinct 10000:ndmp 10001:scp-config
10050:zabbix-agent 10051:zabbix-trapper 10080:amanda 10110:nmea-0183 10114:netiq-qcheck 10160:qb-db-server/tcp
10161:snmptls/tcp 10162:snmptls-trap/tcp 10200:trisoap/tcp 10809:nbd/tcp 10933:octopus/tcp 11001:metasys 11112:dicom
11211:memcache 11751:intrepid-ssl 12000:entextxid 12345:italk 13720:bprd 13721:bpdbm 13722:bpjava-msvc 13724:vnetd
13782:bpcd 13783:vopied 15000:hydap 15345:xpilot 16384:connected 16992:amt-soap-http 16993:amt-soap-https 17500:db-lsp
19999:dnp-sec 20000:dnp 20049:nfsrdma 22000:snapenetio 22273:wnn6 24554:binkp 26000:quake 31457:tetrinet
32400:plex/tcp 33434:traceroute 35357:openstack-id/tcp 40000:safetynetp 41121:tentacle/tcp 44818:EtherNet-IP-2
47808:bacnet 48556:com-bardac-dw 49000:matahari/tcp
"""
